using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Emitters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Remoting;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// The adapter of one namespace on a worker of a cluster: an in-memory adapter for this worker's sockets, and the adapter actor for everybody else's.
/// What is for all workers is handed to the actor first, then done here, all before the call returns.
/// </summary>
internal sealed class AkkaClusterAdapter : IAdapter, ILocalRooms, IBoundedAdapter, ISessionPeers
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly ClusterState _state;
    private readonly IActorRef _actor;
    private readonly int _largestPacket;
    private readonly SessionMoves _moves;
    private volatile InMemoryAdapter _local;
    private volatile bool _isAttached;
    private int _isDisposed;

    /// <param name="host">The namespace.</param>
    /// <param name="state">What is known of the cluster.</param>
    /// <param name="actor">The adapter actor.</param>
    /// <param name="server">Whose namespace it is.</param>
    public AkkaClusterAdapter(IAdapterHost host, ClusterState state, IActorRef actor, string server = ServerName.Unnamed)
    {
        Host = host;
        Server = server;
        Name = ServerName.Wire(server, host.Name);
        _state = state;
        _actor = actor;
        _local = MakeLocal();
        _largestPacket = PeerLimits.LargestPacket(Name, state.Settings.MaxPacketSize);
        _moves = new SessionMoves(Name, server, state, actor);
        if (host is not IRecoveringHost { Sessions: { } sessions, Snapshots: var snapshots })
            return;
        Fetcher = new LogFetcher(Name, server, state, _moves, sessions);
        if (state.Settings.SurvivesCrash && snapshots is not null)
            Copier = new SessionCopier(Name, server, state, _moves, sessions, snapshots);
    }

    public event Action<RoomEvent>? RoomChanged
    {
        add => Local.RoomChanged += value;
        remove => Local.RoomChanged -= value;
    }

    /// <summary>The namespace's name between workers.</summary>
    public string Name { get; }

    /// <summary>The name of its server.</summary>
    public string Server { get; }

    public IAdapterHost Host { get; }

    /// <summary>This worker's name.</summary>
    public string WorkerId => _state.WorkerId;

    /// <summary>
    /// This worker's half. The namespace gets a new one each time that it has clients again: what the old one still carries out reaches none of them.
    /// </summary>
    public InMemoryAdapter Local => _local;

    /// <summary>Has another worker keep a copy of the sessions; null when they need not survive a crash.</summary>
    public SessionCopier? Copier { get; }

    /// <summary>Gets from others what was sent before the log began; null when nothing is recorded.</summary>
    public LogFetcher? Fetcher { get; }

    /// <summary>Where is logged what clients can bring about.</summary>
    public ILogger Logger => _state.Logger;

    /// <summary>The gate of what the runtime calls.</summary>
    public Guard Guard => _state.Guard;

    /// <summary>Tells the other workers, in the order of what this one sends, how far it is. False when it has sent nothing.</summary>
    public bool AnnounceLog() => Local.Announce((place, age) => Send(new LogPosition(Name, place, age)));

    /// <summary>Answers another worker's request.</summary>
    public void Answer(IActorRef requester, AnswerMessage answer)
    {
        if (_state.Loop is { } loop && answer.Encode().Length <= ClusterLoop.MostInTurn)
            loop.Tell(requester, answer, ActorRefs.NoSender);
        else
            AnswerParts.Tell(requester, answer);
    }

    /// <summary>True while what comes from other workers is carried out with this half.</summary>
    public bool Receives(InMemoryAdapter local) => _isAttached && _local == local;

    public ValueTask JoinAsync(string socketId, IReadOnlyList<string> rooms) => Local.JoinAsync(socketId, rooms);

    public ValueTask LeaveAsync(string socketId, string room) => Local.LeaveAsync(socketId, room);

    public ValueTask LeaveAllAsync(string socketId) => Local.LeaveAllAsync(socketId);

    public IReadOnlyList<string> RoomsOf(string socketId) => Local.RoomsOf(socketId);

    int ILocalRooms.RoomCount => ((ILocalRooms)Local).RoomCount;

    void ILocalRooms.Join(string socketId, long incarnation, IReadOnlyList<string> rooms) => ((ILocalRooms)Local).Join(socketId, incarnation, rooms);

    void ILocalRooms.Leave(string socketId, long incarnation, string room) => ((ILocalRooms)Local).Leave(socketId, incarnation, room);

    void ILocalRooms.LeaveAll(string socketId, long incarnation) => ((ILocalRooms)Local).LeaveAll(socketId, incarnation);

    IReadOnlyList<string> ILocalRooms.RoomsOf(string socketId, long incarnation) => ((ILocalRooms)Local).RoomsOf(socketId, incarnation);

    public IReadOnlyDictionary<string, IReadOnlyList<string>> LocalRooms() => Local.LocalRooms();

    public IReadOnlyDictionary<string, IReadOnlyList<string>> LocalSockets() => Local.LocalSockets();

    public ValueTask BroadcastAsync(PacketBody body, BroadcastOptions options, CancellationToken ct = default)
    {
        Begin(ct);
        if (!Crosses(options))
            return Local.BroadcastAsync(body, options, ct);
        if (!options.IsVolatile && Local.IsRecording)
            SendRecorded(body, options);
        else
            SendUnrecorded(body, options);
        return _state.BackPressure.Applies ? _state.BackPressure.WaitAsync(ct) : default;
    }

    public ValueTask SocketsJoinAsync(BroadcastOptions options, IReadOnlyList<string> rooms, CancellationToken ct = default)
    {
        Begin(ct);
        if (Crosses(options))
            Send(new ChangeRooms(Name, true, options, [.. rooms]));
        return Local.SocketsJoinAsync(options, rooms, ct);
    }

    public ValueTask SocketsLeaveAsync(BroadcastOptions options, IReadOnlyList<string> rooms, CancellationToken ct = default)
    {
        Begin(ct);
        if (Crosses(options))
            Send(new ChangeRooms(Name, false, options, [.. rooms]));
        return Local.SocketsLeaveAsync(options, rooms, ct);
    }

    public ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close, CancellationToken ct = default)
    {
        Begin(ct);
        if (Crosses(options))
            Send(new DisconnectSockets(Name, options, close));
        return Local.DisconnectSocketsAsync(options, close, ct);
    }

    public ValueTask ServerSideEmitAsync(PacketBody body, CancellationToken ct = default)
    {
        Begin(ct);
        if (_state.IsClustered)
            Send(new ServerSideEvent(Name, body), mayTakeTurn: true);
        return _state.BackPressure.Applies ? _state.BackPressure.WaitAsync(ct) : default;
    }

    public Task<ClusterReply<SocketAnswer>> BroadcastWithAckAsync(PacketBody body, BroadcastOptions options, CancellationToken ct = default) =>
        AskClientsAsync(body, options, null, ct);

    public Task<ClusterReply<SocketAnswer>> StreamAnswersAsync(
        PacketBody body, BroadcastOptions options, Action<SocketAnswer> answered, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(answered);
        return AskClientsAsync(body, options, answered, ct);
    }

    public Task<ClusterReply<SocketDetails>> FetchSocketsAsync(BroadcastOptions options, CancellationToken ct = default) => FindAsync(options, null, ct);

    public Task<ClusterReply<SocketDetails>> StreamSocketsAsync(BroadcastOptions options, Action<SocketDetails> found, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(found);
        return FindAsync(options, found, ct);
    }

    public async Task<ClusterReply<WorkerAnswer>> ServerSideEmitWithAckAsync(PacketBody body, TimeSpan? timeout, CancellationToken ct = default)
    {
        Begin(ct);
        var request = new ServerSideRequest(Name, _state.NextRequestId(), Budget(timeout ?? _state.Settings.RequestsTimeout), body);
        var size = _state.IsClustered ? Measure(request) : 0;
        if (!_state.HasPeers)
            return new ClusterReply<WorkerAnswer>([], [], []);
        return await AskAsync<WorkerAnswer>(request, size, ct).ConfigureAwait(false);
    }

    public void ThrowIfTooLarge(PacketBody body, BroadcastOptions options)
    {
        if (Crosses(options))
            Measure(new Broadcast(Name, options, body));
    }

    public ValueTask<int> ServerCountAsync(CancellationToken ct = default)
    {
        Begin(ct);
        return new(_state.CountOf(Server));
    }

    Task<SessionReply> ISessionPeers.ClaimAsync(string privateId, int tag, string? offset) => _moves.ClaimAsync(privateId, tag, offset);

    Task<int?> ISessionPeers.HandOverAsync(IReadOnlyList<HandedSession> sessions, IReadOnlyList<LogTrail> trails, CancellationToken ct) =>
        _moves.HandOverAsync(sessions, trails, ct);

    Task ISessionPeers.CopyNowAsync() => Copier?.CopyNowAsync() ?? Task.CompletedTask;

    Task ISessionPeers.EndCopyAsync() => Copier?.EndAsync() ?? Task.CompletedTask;

    public void Suspend()
    {
        _isAttached = false;
        Copier?.Suspend();
        Fetcher?.Suspend();
        KeepNumbers(); // whoever asks finds one of the two
        _state.Adapters.TryRemove(KeyValuePair.Create(Name, this));
        KeepNumbers();
        _actor.Tell(new Detach(this), ActorRefs.NoSender);
    }

    /// <exception cref="InvalidOperationException">The namespace has another adapter.</exception>
    public void Resume()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        var local = MakeLocal();
        if (!_state.Adapters.TryAdd(Name, this))
            throw new InvalidOperationException($"Namespace '{Name}' has an adapter on this worker already; dispose it first.");
        _local = local;
        _isAttached = true;
        Local.Announce((place, _) => _state.FormerNumbers.Forget(Name, place.Life));
        _actor.Tell(new Attach(this, local), ActorRefs.NoSender);
        Copier?.Resume();
        Fetcher?.Resume();
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return default;
        if (_isAttached)
            Suspend();
        Copier?.Dispose();
        Fetcher?.Dispose();
        return Local.DisposeAsync();
    }

    private static ClusterReply<T> Merge<T>(ClusterReply<T> local, ClusterReply<T> remote) =>
        remote with { Answers = [.. local.Answers, .. remote.Answers], IsTimedOut = local.IsTimedOut || remote.IsTimedOut };

    /// <summary>Without end means a day: nothing here may wait for ever.</summary>
    private static TimeSpan Budget(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan || timeout > Longest)
            return Longest;
        return timeout > TimeSpan.FromMilliseconds(1) ? timeout : TimeSpan.FromMilliseconds(1);
    }

    private void Begin(CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        ct.ThrowIfCancellationRequested();
    }

    private async Task<ClusterReply<SocketAnswer>> AskClientsAsync(
        PacketBody body, BroadcastOptions options, Action<SocketAnswer>? answered, CancellationToken ct)
    {
        Begin(ct);
        if (!Crosses(options))
            return await AskOwnAsync(body, options, answered, ct).ConfigureAwait(false);
        var budget = Budget(options.Timeout ?? InMemoryAdapter.DefaultAckTimeout);
        var request = new BroadcastWithAck(Name, _state.NextRequestId(), budget, options, body);
        var size = Measure(request);
        if (!_state.HasPeers)
            return await AskOwnAsync(body, options, answered, ct).ConfigureAwait(false);

        var remote = AskAsync<SocketAnswer>(request, size, ct, answered);
        var collector = new AckCollector(_state.WorkerId, answered);
        using var pending = Local.BroadcastWithAck(body, options, collector);
        var local = await collector.WaitAsync(budget, _state.Time, ct).ConfigureAwait(false);
        return Merge(local, await remote.ConfigureAwait(false));
    }

    private Task<ClusterReply<SocketAnswer>> AskOwnAsync(PacketBody body, BroadcastOptions options, Action<SocketAnswer>? answered, CancellationToken ct) =>
        answered is null ? Local.BroadcastWithAckAsync(body, options, ct) : Local.StreamAnswersAsync(body, options, answered, ct);

    private async Task<ClusterReply<SocketDetails>> FindAsync(BroadcastOptions options, Action<SocketDetails>? found, CancellationToken ct)
    {
        Begin(ct);
        if (!Crosses(options))
            return await FindOwnAsync(options, found, ct).ConfigureAwait(false);
        var request = new FetchSockets(Name, _state.NextRequestId(), Budget(options.Timeout ?? _state.Settings.RequestsTimeout), options);
        var size = Measure(request);
        if (!_state.HasPeers)
            return await FindOwnAsync(options, found, ct).ConfigureAwait(false);
        var remote = AskAsync<SocketDetails>(request, size, ct, found);
        var local = await FindOwnAsync(options, found, ct).ConfigureAwait(false);
        return Merge(local, await remote.ConfigureAwait(false));
    }

    private Task<ClusterReply<SocketDetails>> FindOwnAsync(BroadcastOptions options, Action<SocketDetails>? found, CancellationToken ct) =>
        found is null ? Local.FetchSocketsAsync(options, ct) : Local.StreamSocketsAsync(options, found, ct);

    private InMemoryAdapter MakeLocal() => new(Host, _state.WorkerId, _state.Time);

    private bool Crosses(BroadcastOptions options) => _state.IsClustered && !options.IsLocal;

    /// <param name="message">The message.</param>
    /// <param name="mayTakeTurn">No lock of ours is held: what leads to the other workers may be done here, when it is lonely.</param>
    private void Send(OrderedMessage message, bool mayTakeTurn = false)
    {
        var size = Measure(message);
        if (!_state.HasPeers)
            return;
        size += Trace(message, size);
        if (!_state.BackPressure.TryAdd(size))
            _state.Overflow();
        else if (mayTakeTurn && size <= ClusterLoop.MostInTurn && _state.Loop is { } loop)
            loop.Tell(_actor, new Outgoing(message, size), ActorRefs.NoSender);
        else
            _actor.Tell(new Outgoing(message, size), ActorRefs.NoSender);
    }

    private void SendRecorded(PacketBody body, BroadcastOptions options)
    {
        Local.Broadcast(body, options, place => Send(new Broadcast(Name, options, body) { Place = place }));
        if (!_isAttached)
            KeepNumbers();
    }

    /// <summary>Nobody who asks finds this adapter any more.</summary>
    private void KeepNumbers() => Local.Announce((place, age) => _state.FormerNumbers.Keep(Name, place, age));

    /// <summary>Whoever has no sockets keeps no record, but the workers do: they must know what they have not heard.</summary>
    private void SendUnrecorded(PacketBody body, BroadcastOptions options)
    {
        if (Host is not SocketlessHost || options.IsVolatile)
        {
            Send(new Broadcast(Name, options, body), mayTakeTurn: true);
            Local.Carry(body, options, LogPlace.None, worker: 0);
            return;
        }

        _state.EmitterNumbers.Send(Name, place => Send(new Broadcast(Name, options, body) { Place = place }));
    }

    /// <summary>
    /// Bytes of the packet between workers. The same with and without peers: whether a packet is accepted must not depend on who happens to be there.
    /// </summary>
    private int Measure(OrderedMessage message)
    {
        var size = message.EncodedSize;
        if (size <= _largestPacket)
            return size;
        _state.Counters.Add(PeerCounter.TooLarge);
        throw new BroadcastTooLargeException(size, _largestPacket);
    }

    /// <summary>Lets the message tell which span it comes from, unless that would make it too large. The bytes that this takes.</summary>
    private int Trace(OrderedMessage message, int size)
    {
        if (TraceTail.Current() is not { } tail || size + tail.Size > _largestPacket)
            return 0;
        message.Trace = tail;
        return tail.Size;
    }

    /// <summary>
    /// Hands the request over before it returns; the answers come later. Room for it is taken first. The request's aggregator has the only clock and
    /// always replies; the token is for when there is nobody who could. docs/decisions/0050.
    /// </summary>
    private Task<ClusterReply<T>> AskAsync<T>(RequestMessage request, int size, CancellationToken ct, Action<T>? answered = null)
    {
        _state.BeginRequest();
        size += Trace(request, size);
        _state.BackPressure.Add(size);
        var over = ct.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(ct, _state.ActorEnded) : null;
        var asked = LoopAsk<ClusterReply<T>>.AskAsync(_actor, new(request, size, answered), _state.Guard, _state.Loop, over?.Token ?? _state.ActorEnded);
        return EndAsync();

        async Task<ClusterReply<T>> EndAsync()
        {
            try
            {
                return await asked.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                _actor.Tell(new CancelRequest(request.RequestId), ActorRefs.NoSender);
                if (request is BroadcastWithAck)
                    Send(new EndQuestion(Name, request.RequestId));
                throw;
            }
            catch (OperationCanceledException)
            {
                throw new ObjectDisposedException(nameof(IAdapter), "This worker's actor system has ended, and the request with it.");
            }
            finally
            {
                over?.Dispose();
                _state.EndRequest();
            }
        }
    }
}
