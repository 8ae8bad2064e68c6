using System.Collections.Concurrent;
using System.Text;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>What one socket was sent.</summary>
internal readonly record struct Delivery(string SocketId, string Text, BroadcastOptions Options);

/// <summary>A namespace without a server: remembers what the adapter asks of it.</summary>
internal sealed class FakeHost(string name, IPacketParser? parser = null) : IAdapterHost, IQuietHost
{
    private static readonly Action Nothing = () => { };

    private readonly ConcurrentDictionary<string, bool> _connected = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IAckSink> _asked = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    public IPacketParser Parser { get; } = parser ?? new JsonPacketParser();

    /// <summary>The adapter that serves this host; set right after it is made.</summary>
    public IAdapter Adapter { get; set; } = null!;

    public ConcurrentQueue<Delivery> Deliveries { get; } = new();

    /// <summary>What was delivered, as it was encoded.</summary>
    public ConcurrentQueue<PacketBody> Bodies { get; } = new();

    /// <summary>Sockets that were disconnected, with whether the whole connection was to be closed.</summary>
    public ConcurrentQueue<(string SocketId, bool Close)> Disconnected { get; } = new();

    public ConcurrentQueue<string> ServerSideEvents { get; } = new();

    /// <summary>What was asked of this host, in order.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>Questions whose pending answers were given up.</summary>
    public int Forgotten => Volatile.Read(ref _forgotten);

    /// <summary>What a client answers at once; null leaves the question open.</summary>
    public Func<string, string?> ClientAnswer { get; set; } = _ => null;

    /// <summary>What the namespace answers to a server-side event; null leaves it open.</summary>
    public Func<string, PacketBody?> ServerSideAnswer { get; set; } = _ => null;

    /// <summary>Bytes of the data of each socket.</summary>
    public int DataSize { get; set; }

    /// <summary>JSON of a socket's handshake.</summary>
    public Func<string, string> HandshakeOf { get; set; } = id => $"{{\"id\":\"{id}\"}}";

    /// <summary>Called before anything is delivered; may hold it up.</summary>
    public Action BeforeDelivery { get; set; } = Nothing;

    public bool IsQuiet => ReferenceEquals(BeforeDelivery, Nothing);

    private int _forgotten;

    public static PacketBody Body(string text) => new(Encoding.UTF8.GetBytes(text));

    public static string Text(PacketBody body) => Encoding.UTF8.GetString(body.Data.Span);

    /// <summary>A client connects: it is in the room of its own id and in those given.</summary>
    public async Task ConnectAsync(string socketId, params string[] rooms)
    {
        _connected[socketId] = true;
        await Adapter.JoinAsync(socketId, [socketId, .. rooms]);
    }

    public async Task LeaveAsync(string socketId)
    {
        _connected.TryRemove(socketId, out _);
        await Adapter.LeaveAllAsync(socketId);
        if (_asked.TryRemove(socketId, out var sink))
            sink.Lost(socketId);
    }

    /// <summary>A client answers the question it was asked, twice: nobody may take that for two answers.</summary>
    public void Answer(string socketId, string text)
    {
        if (!_asked.TryRemove(socketId, out var sink))
            return;
        sink.Answered(socketId, Body(text));
        sink.Answered(socketId, Body("[\"again\"]"));
    }

    public bool IsAsked(string socketId) => _asked.ContainsKey(socketId);

    public IEnumerable<string> TextsOf(string socketId) => Deliveries.Where(delivery => delivery.SocketId == socketId).Select(delivery => delivery.Text);

    public bool IsConnected(string socketId) => _connected.ContainsKey(socketId);

    public void Deliver(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options)
    {
        BeforeDelivery();
        var text = Text(body);
        Log.Enqueue("deliver " + text);
        Bodies.Enqueue(body);
        foreach (var id in socketIds)
        {
            if (IsConnected(id))
                Deliveries.Enqueue(new Delivery(id, text, options));
        }
    }

    public IDisposable DeliverWithAck(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options, IAckSink sink)
    {
        var targets = socketIds.ToArray().Where(IsConnected).ToArray();
        foreach (var id in targets)
            _asked[id] = sink;
        sink.Expect(targets);
        Deliver(targets, body, options);
        foreach (var id in targets)
        {
            if (ClientAnswer(id) is { } answer)
                Answer(id, answer);
        }

        return new Pending(this);
    }

    public SocketDetails? Describe(string socketId) => IsConnected(socketId)
        ? new SocketDetails(socketId, "", [.. Adapter.RoomsOf(socketId)], Encoding.UTF8.GetBytes(HandshakeOf(socketId)), new byte[DataSize])
        : null;

    public void Join(string socketId, IReadOnlyList<string> rooms)
    {
        Log.Enqueue("join " + string.Join(' ', rooms));
        Now(Adapter.JoinAsync(socketId, rooms));
    }

    public void Leave(string socketId, IReadOnlyList<string> rooms)
    {
        Log.Enqueue("leave " + string.Join(' ', rooms));
        foreach (var room in rooms)
            Now(Adapter.LeaveAsync(socketId, room));
    }

    public void Disconnect(string socketId, bool close)
    {
        Log.Enqueue("disconnect");
        Disconnected.Enqueue((socketId, close));
        _connected.TryRemove(socketId, out _);
        Now(Adapter.LeaveAllAsync(socketId));
    }

    public void RaiseServerSide(PacketBody body, Action<PacketBody>? answer)
    {
        var text = Text(body);
        ServerSideEvents.Enqueue(text);
        Log.Enqueue("server-side " + text);
        if (answer is null || ServerSideAnswer(text) is not { } reply)
            return;
        answer(reply);
        answer(Body("[\"again\"]"));
    }

    /// <summary>Rooms of this worker change before the call returns.</summary>
    private static void Now(ValueTask done) => Assert.True(done.IsCompletedSuccessfully);

    private sealed class Pending(FakeHost host) : IDisposable
    {
        public void Dispose() => Interlocked.Increment(ref host._forgotten);
    }
}
