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
    private readonly NamespaceOperator _me;

    internal RemoteSocket(SocketDetails details, NamespaceOperator found)
        : this(found.With(new BroadcastOptions { Rooms = [details.Id] }), details)
    {
    }

    private RemoteSocket(NamespaceOperator me, SocketDetails details)
        : base(new OperatorRoute(me), me.Options) => (_details, _me) = (details, me);

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
    public Handshake Handshake => field ??= Handshake.Of(_details.Handshake.Span, Parser.JsonOptions);

    /// <summary>Its data as it was, read with the server's own JSON options; writing to what is returned changes nothing there.</summary>
    /// <exception cref="JsonException">The data does not fit the type.</exception>
    public T? GetData<T>() => JsonSerializer.Deserialize<T>(_details.Data.Span, Parser.JsonOptions);

    /// <summary>
    /// Makes it join rooms, on its worker. Completed once it is handed on; does nothing when it has left. Where it may not, its worker logs it.
    /// </summary>
    public ValueTask JoinAsync(params IReadOnlyList<string> rooms)
    {
        RoomNames.Check(rooms);
        return _me.JoinRoomsAsync(rooms, default);
    }

    /// <summary>Makes it leave a room, on its worker. Completed once it is handed on; harmless when it is not in it or has left.</summary>
    public ValueTask LeaveAsync(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return _me.LeaveRoomsAsync([room], default);
    }

    /// <summary>
    /// Disconnects it, on its worker; with <paramref name="close"/> (default false) its whole connection. Completed once it is handed on; harmless
    /// when it has left.
    /// </summary>
    public ValueTask DisconnectAsync(bool close = false) => _me.DisconnectAsync(close, default);

    private sealed class OperatorRoute(NamespaceOperator me) : ISocketRoute
    {
        public IPacketParser Parser => me.Parser;

        public ValueTask EmitAsync(PacketBody body, BroadcastOptions options, CancellationToken ct) => me.With(options).EmitBodyAsync(body, ct);

        public async Task<PacketBody> EmitWithAckAsync(PacketBody body, BroadcastOptions options, CancellationToken ct)
        {
            var reply = await me.With(options).AskClientsAsync(body, ct).ConfigureAwait(false);
            foreach (var answer in reply.Answers)
            {
                if (answer.Body is { } value)
                    return value;
            }

            if (reply.IsTimedOut)
                throw new AckTimeoutException(me.Parser, reply);
            throw new OperationCanceledException("The client left before it answered.");
        }
    }
}
