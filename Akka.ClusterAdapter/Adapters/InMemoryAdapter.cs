using System.Diagnostics.CodeAnalysis;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>The adapter of a single worker, and the local half of every other one: everything here is done when the call returns.</summary>
[Experimental(AdapterContract.Id)]
public sealed class InMemoryAdapter : IAdapter, ILocalRooms
{
    /// <summary>How long acknowledgements of clients are waited for when the caller does not say: 30 s.</summary>
    public static readonly TimeSpan DefaultAckTimeout = TimeSpan.FromSeconds(30);

    /// <summary>So many clients are few.</summary>
    internal const int Few = 16;

    private readonly IAdapterHost _host;
    private readonly string _workerId;
    private readonly TimeProvider _time;
    private readonly RoomTable _rooms = new();
    private readonly SessionStore? _sessions;
    private readonly Guard _guard;

    /// <summary>An adapter for one namespace.</summary>
    /// <param name="host">The namespace.</param>
    /// <param name="workerId">Name of this worker, for answers.</param>
    /// <param name="time">Clock of time-outs.</param>
    public InMemoryAdapter(IAdapterHost host, string workerId, TimeProvider time)
    {
        _host = host;
        _workerId = workerId;
        _time = time;
        _sessions = (host as IRecoveringHost)?.Sessions;
        _guard = (host as IGuardingHost)?.Guard ?? new Guard(NullLogger.Instance);
    }

    /// <inheritdoc/>
    public event Action<RoomEvent>? RoomChanged;

    /// <inheritdoc/>
    public ValueTask JoinAsync(string socketId, IReadOnlyList<string> rooms)
    {
        ((ILocalRooms)this).Join(socketId, 0, rooms);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask LeaveAsync(string socketId, string room)
    {
        ((ILocalRooms)this).Leave(socketId, 0, room);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask LeaveAllAsync(string socketId)
    {
        ((ILocalRooms)this).LeaveAll(socketId, 0);
        return default;
    }

    int ILocalRooms.RoomCount => _rooms.Count;

    void ILocalRooms.Join(string socketId, long incarnation, IReadOnlyList<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(rooms);
        var events = new List<RoomEvent>(2 * rooms.Count);
        _rooms.Join(socketId, incarnation, rooms, events);
        _sessions?.Marks.Socket(socketId);
        Raise(events);
    }

    void ILocalRooms.Leave(string socketId, long incarnation, string room)
    {
        var events = new List<RoomEvent>(2);
        _rooms.Leave(socketId, incarnation, room, events);
        _sessions?.Marks.Socket(socketId);
        Raise(events);
    }

    void ILocalRooms.LeaveAll(string socketId, long incarnation)
    {
        var events = new List<RoomEvent>();
        _rooms.LeaveAll(socketId, incarnation, events);
        Raise(events);
    }

    IReadOnlyList<string> ILocalRooms.RoomsOf(string socketId, long incarnation) => _rooms.RoomsOf(socketId, incarnation);

    /// <inheritdoc/>
    public IReadOnlyList<string> RoomsOf(string socketId) => _rooms.RoomsOf(socketId);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> LocalRooms() => _rooms.Snapshot();

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> LocalSockets() => _rooms.Sockets();

    /// <inheritdoc/>
    public ValueTask BroadcastAsync(PacketBody body, BroadcastOptions options, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        if (_sessions is null || options.IsVolatile)
            Deliver(body, options);
        else
            _sessions.Deliver(body, options, Deliver);
        return default;
    }

    /// <summary>True when clients of this worker may come back: what is sent to them is recorded.</summary>
    internal bool IsRecording => _sessions is not null;

    /// <summary>
    /// As <see cref="BroadcastAsync"/>, and hands a packet that is recorded to whoever takes it to the other workers, in the same order as it is recorded.
    /// </summary>
    /// <param name="body">The event.</param>
    /// <param name="options">Whom it is for; not volatile.</param>
    /// <param name="send">Takes its place among this worker's. Must not block; when it throws, nothing has happened.</param>
    internal void Broadcast(PacketBody body, BroadcastOptions options, Action<LogPlace> send) => _sessions!.Deliver(body, options, Deliver, send);

    /// <summary>Tells, in the order of what this worker sends, how far it is. Nothing, and false, without a record or where nothing was sent.</summary>
    internal bool Announce(Action<LogPlace, TimeSpan> send) => _sessions?.Announce(send) == true;

    /// <summary>Another worker has told how far it is.</summary>
    /// <param name="place">How far.</param>
    /// <param name="age">How long ago.</param>
    /// <param name="worker">Its process.</param>
    internal void Hear(LogPlace place, TimeSpan age, long worker) => _sessions?.Hear(place, age, worker);

    /// <summary>Another worker says nothing to whoever joins from now on.</summary>
    /// <param name="worker">Its process.</param>
    internal void End(long worker) => _sessions?.End(worker);

    /// <summary>Something that another worker sent has been lost.</summary>
    internal void NoteHole() => _sessions?.NoteHole();

    /// <summary>Carries out a broadcast of another worker.</summary>
    /// <param name="body">The event.</param>
    /// <param name="options">Whom it is for.</param>
    /// <param name="place">Its place among that worker's; none when that one does not record.</param>
    /// <param name="worker">That worker's process.</param>
    internal void Carry(PacketBody body, BroadcastOptions options, LogPlace place, long worker)
    {
        if (_sessions is null || options.IsVolatile)
            Deliver(body, options);
        else
            _sessions.Deliver(body, options, Deliver, place, worker);
    }

    /// <summary>
    /// As <see cref="Carry"/>, when it is for few clients, costs a few microseconds and runs nobody's code but this library's: any thread may do it. False
    /// when it is not so, and nothing was done.
    /// </summary>
    internal bool TryCarryForFew(PacketBody body, BroadcastOptions options)
    {
        if (_sessions is not null || options.Rooms.Length > 1 || options.Except.Length > 1 || _host is not IQuietHost { IsQuiet: true })
            return false;
        if (!_rooms.TrySelectFew(options, Few, out var targets))
            return false;
        if (!targets.IsEmpty)
            _host.Deliver(targets, body, options);
        return true;
    }

    /// <inheritdoc/>
    public Task<ClusterReply<SocketAnswer>> BroadcastWithAckAsync(PacketBody body, BroadcastOptions options, CancellationToken ct = default) =>
        AskAsync(body, options, null, ct);

    /// <inheritdoc/>
    public Task<ClusterReply<SocketAnswer>> StreamAnswersAsync(
        PacketBody body, BroadcastOptions options, Action<SocketAnswer> answered, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(answered);
        return AskAsync(body, options, answered, ct);
    }

    /// <summary>Asks this worker's selected clients and reports to a sink, for adapters that gather from several workers.</summary>
    /// <returns>Disposing it forgets the answers that have not come.</returns>
    public IDisposable BroadcastWithAck(PacketBody body, BroadcastOptions options, IAckSink sink) =>
        _host.DeliverWithAck(_rooms.Select(options), body, options, sink);

    /// <inheritdoc/>
    public Task<ClusterReply<SocketDetails>> FetchSocketsAsync(BroadcastOptions options, CancellationToken ct = default) =>
        Task.FromResult(new ClusterReply<SocketDetails>(Describe(options), [], []));

    /// <inheritdoc/>
    public Task<ClusterReply<SocketDetails>> StreamSocketsAsync(BroadcastOptions options, Action<SocketDetails> found, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(found);
        foreach (var socket in Describe(options))
            found(socket);
        return Task.FromResult(new ClusterReply<SocketDetails>([], [], []));
    }

    /// <summary>Describes this worker's selected sockets.</summary>
    public IReadOnlyList<SocketDetails> Describe(BroadcastOptions options)
    {
        var targets = _rooms.Select(options);
        var found = new List<SocketDetails>(targets.Length);
        foreach (var id in targets)
        {
            if (_host.Describe(id) is { } details)
                found.Add(details.WorkerId == _workerId ? details : details with { WorkerId = _workerId });
        }

        return found;
    }

    /// <inheritdoc/>
    public ValueTask SocketsJoinAsync(BroadcastOptions options, IReadOnlyList<string> rooms, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        foreach (var id in _rooms.Select(options))
            _host.Join(id, rooms);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask SocketsLeaveAsync(BroadcastOptions options, IReadOnlyList<string> rooms, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        foreach (var id in _rooms.Select(options))
            _host.Leave(id, rooms);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        foreach (var id in _rooms.Select(options))
            _host.Disconnect(id, close);
        return default;
    }

    /// <summary>Does nothing: there is no other worker.</summary>
    public ValueTask ServerSideEmitAsync(PacketBody body, CancellationToken ct = default) => default;

    /// <summary>Answers at once with nothing: there is no other worker.</summary>
    public Task<ClusterReply<WorkerAnswer>> ServerSideEmitWithAckAsync(PacketBody body, TimeSpan? timeout, CancellationToken ct = default) =>
        Task.FromResult(new ClusterReply<WorkerAnswer>([], [], []));

    /// <inheritdoc/>
    public ValueTask<int> ServerCountAsync(CancellationToken ct = default) => new(1);

    /// <summary>Does nothing: there are no rooms without sockets, and nothing comes from other workers.</summary>
    public void Suspend()
    {
    }

    /// <summary>Forgets the listeners of <see cref="RoomChanged"/>.</summary>
    public void Resume() => RoomChanged = null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private async Task<ClusterReply<SocketAnswer>> AskAsync(
        PacketBody body, BroadcastOptions options, Action<SocketAnswer>? answered, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var collector = new AckCollector(_workerId, answered);
        using var pending = BroadcastWithAck(body, options, collector);
        return await collector.WaitAsync(options.Timeout ?? DefaultAckTimeout, _time, ct).ConfigureAwait(false);
    }

    private void Deliver(PacketBody body, BroadcastOptions options)
    {
        var targets = _rooms.Select(options);
        if (!targets.IsEmpty)
            _host.Deliver(targets, body, options);
    }

    // A socket that enters or leaves does so under the store's lock, where nobody's code runs.
    private void Raise(List<RoomEvent> events)
    {
        if (RoomChanged is not { } changed || events.Count == 0)
            return;
        if (_sessions?.TryDefer(() => Raise(changed, events)) != true)
            Raise(changed, events);
    }

    private void Raise(Action<RoomEvent> changed, List<RoomEvent> events)
    {
        foreach (var room in events)
            _guard.Raise("room-changed", changed, static (handler, room) => handler(room), room);
    }
}

/// <summary>Makes in-memory adapters: a server of one worker.</summary>
/// <param name="time">Clock of time-outs; the system's when null.</param>
public sealed class InMemoryAdapterFactory(TimeProvider? time = null) : IAdapterFactory
{
    /// <inheritdoc/>
    public string WorkerId => "local";

    /// <inheritdoc/>
    public IAdapter Create(IAdapterHost host) => new InMemoryAdapter(host, WorkerId, time ?? TimeProvider.System);
}
