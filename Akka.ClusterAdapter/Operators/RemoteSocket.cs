using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// A socket found by <see cref="BroadcastTarget.FetchSocketsAsync"/>, on whichever worker it is: a snapshot of what it was, and a way to act on it.
/// </summary>
public sealed class RemoteSocket : SocketOperator
{
    private readonly SocketDetails _details;
    private readonly IAdapter _adapter;
    private readonly BroadcastOptions _me;
    private readonly JsonSerializerOptions _json;

    internal RemoteSocket(SocketDetails details, IAdapter adapter, IPacketParser parser)
        : this(details, adapter, parser, new BroadcastOptions { Rooms = [details.Id] })
    {
    }

    private RemoteSocket(SocketDetails details, IAdapter adapter, IPacketParser parser, BroadcastOptions me)
        : base(new AdapterRoute(adapter, parser), me)
    {
        _details = details;
        _adapter = adapter;
        _me = me;
        _json = parser.JsonOptions;
    }

    /// <summary>Socket id.</summary>
    public string Id => _details.Id;

    /// <summary>The worker that serves it.</summary>
    public string WorkerId => _details.WorkerId;

    /// <summary>Rooms it was in, its own id's included.</summary>
    public IReadOnlyList<string> Rooms => _details.Rooms;

    /// <summary>
    /// How its connection began, as far as it crosses between workers: an auth payload of more than 4,096 bytes of JSON is <c>{}</c>, and of more
    /// than 16,384 bytes altogether the longest headers and parameters of the query are left out.
    /// </summary>
    public Handshake Handshake => field ??= Handshake.Of(_details.Handshake.Span, _json);

    /// <summary>Its data as it was, read with the server's own JSON options; writing to what is returned changes nothing there.</summary>
    /// <exception cref="JsonException">The data does not fit the type.</exception>
    public T? GetData<T>() => JsonSerializer.Deserialize<T>(_details.Data.Span, _json);

    /// <summary>
    /// Makes it join rooms, on its worker. Completed once it is handed on; does nothing when it has left. Where it may not, its worker logs it.
    /// </summary>
    public ValueTask JoinAsync(params IReadOnlyList<string> rooms)
    {
        RoomNames.Check(rooms);
        return _adapter.SocketsJoinAsync(_me, rooms);
    }

    /// <summary>Makes it leave a room, on its worker. Completed once it is handed on; harmless when it is not in it or has left.</summary>
    public ValueTask LeaveAsync(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return _adapter.SocketsLeaveAsync(_me, [room]);
    }

    /// <summary>
    /// Disconnects it, on its worker; with <paramref name="close"/> (default false) its whole connection. Completed once it is handed on; harmless
    /// when it has left.
    /// </summary>
    public ValueTask DisconnectAsync(bool close = false) => _adapter.DisconnectSocketsAsync(_me, close);

    private sealed class AdapterRoute(IAdapter adapter, IPacketParser parser) : ISocketRoute
    {
        public IPacketParser Parser => parser;

        public ValueTask EmitAsync(PacketBody body, BroadcastOptions options, CancellationToken ct) => adapter.BroadcastAsync(body, options, ct);

        public async Task<PacketBody> EmitWithAckAsync(PacketBody body, BroadcastOptions options, CancellationToken ct)
        {
            var reply = await adapter.BroadcastWithAckAsync(body, options, ct).ConfigureAwait(false);
            foreach (var answer in reply.Answers)
            {
                if (answer.Body is { } value)
                    return value;
            }

            if (reply.IsTimedOut)
                throw new AckTimeoutException(parser, reply);
            throw new OperationCanceledException("The client left before it answered.");
        }
    }
}
