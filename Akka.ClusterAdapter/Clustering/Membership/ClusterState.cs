using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Remoting;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>A worker of the cluster as this one knows it.</summary>
/// <param name="WorkerId">Its name.</param>
/// <param name="Card">What it told about itself.</param>
internal sealed record PeerInfo(string WorkerId, PeerCard Card);

/// <summary>A member that tells how far it is.</summary>
/// <param name="Origin">Which life of its adapter actor; 0 when it has never spoken.</param>
/// <param name="Card">What it told about itself; null for nothing.</param>
internal readonly record struct Teller(long Origin, PeerCard? Card)
{
    /// <summary>Whether it may have a server.</summary>
    public bool MayHave(string server) => Card?.Has(server) != false;
}

/// <summary>
/// What the adapter actor and the world outside the actors share: written by the actor, read by everybody without asking it.
/// </summary>
internal sealed class ClusterState(string workerId, bool isClustered, ClusterAdapterSettings settings, TimeProvider time)
{
    private static readonly TimeSpan OverflowPeriod = TimeSpan.FromSeconds(10);

    /// <summary>The bits of an origin that number the lives of one worker's adapter actor.</summary>
    private const long LifeBits = 0xFFFF;

    private readonly long _originBase = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & ~LifeBits;
    private readonly TaskCompletionSource<WorkerEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _origins;
    private int _outstanding;
    private long _requestId;
    private volatile bool _isMember;
    private volatile bool _hasPeers;
    private volatile bool _isWorker;
    private volatile bool _isEmitter;
    private volatile PeerCard? _card;
    private volatile string? _island;
    private long _overflowedAt = long.MinValue;

    public string WorkerId { get; } = workerId;

    /// <summary>False for a system without the cluster provider: a cluster of one.</summary>
    public bool IsClustered { get; } = isClustered;

    public ClusterAdapterSettings Settings { get; } = settings;

    public TimeProvider Time { get; } = time;

    /// <summary>Where is logged what clients can bring about: it lets so many lines of a kind pass.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The gate of what the runtime calls in this floor.</summary>
    public Guard Guard { get; init; } = new(NullLogger.Instance);

    /// <summary>The threads that receive from the other members and stand by; null where there are none.</summary>
    public ClusterLoop? Loop { get; init; }

    public PeerCounters Counters { get; } = new();

    /// <summary>Who is shown all of this.</summary>
    public ClusterMetrics Metrics => field ??= Interlocked.CompareExchange(ref field, new(this), null) ?? field;

    public Readiness Readiness { get; } = new(time);

    /// <summary>What may be on its way to each other worker, and wait for it.</summary>
    public WindowLimits WindowLimits => new(Settings.PeerWindow, Settings.PeerQueue, Settings.PeerStallTimeout);

    /// <summary>True while one worker does not keep up, so that messages go to each directly.</summary>
    public bool IsDirect { get; set; }

    // What was handed over when callers begin to wait for a worker, at half of its queue, must still fit into that queue.
    public BackPressure BackPressure { get; } = new(Math.Min(settings.PeerWindow, settings.PeerQueue / 4), settings.PeerQueue);

    /// <summary>Told, by any thread, of the first message of several that were not taken because too much was handed over.</summary>
    public Action? Overflowed { get; set; }

    /// <summary>Adapters by namespace.</summary>
    public ConcurrentDictionary<string, AkkaClusterAdapter> Adapters { get; } = new(StringComparer.Ordinal);

    /// <summary>Numbers of what this member sends where it has no sockets.</summary>
    public EmitterNumbers EmitterNumbers { get; } = new(time);

    /// <summary>How far this member is in namespaces that were emptied here.</summary>
    public FormerNumbers FormerNumbers { get; } = new(time);

    /// <summary>Confirmed peers: those that are asked and counted.</summary>
    public ImmutableArray<PeerInfo> Peers { get => field.IsDefault ? [] : field; set; }

    /// <summary>Those who have to tell how far they are before a client that comes from elsewhere is recovered here: workers and emitters.</summary>
    public ImmutableArray<Teller> Tellers { get => field.IsDefault ? [] : field; set; }

    /// <summary>
    /// Everybody who may still serve sessions: the confirmed, and those that leave or are not confirmed yet. Changes only when its content does.
    /// </summary>
    public ImmutableArray<PeerInfo> Known { get => field.IsDefault ? [] : field; set; }

    /// <summary>How many namespaces may get what was sent before this worker joined, at the same time.</summary>
    public SemaphoreSlim Fetches { get; } = new(4);

    /// <summary>Workers that did not answer when they were asked for that, and when: they are not asked again for each namespace.</summary>
    public ConcurrentDictionary<string, long> Silent { get; } = new(StringComparer.Ordinal);

    /// <summary>What is known about a second cluster of the same name, with the remedy; null when there is none.</summary>
    public string? Island
    {
        get => _island;
        set => _island = value;
    }

    /// <summary>Called by the actor when an older worker has this one's tag; gives the new one.</summary>
    public Action? TagTaken { get; set; }

    /// <summary>How many sessions this worker has; set by the host.</summary>
    public Func<int> SessionCount { get; set; } = () => 0;

    /// <summary>True while the cluster counts this member in: it is Up or WeaklyUp.</summary>
    public bool IsMember
    {
        get => _isMember;
        set => _isMember = value;
    }

    /// <summary>True when there is, or may be, somebody to publish to.</summary>
    public bool HasPeers
    {
        get => _hasPeers;
        set => _hasPeers = value;
    }

    /// <summary>True from the moment this member serves sockets, or is about to. Neither this nor <see cref="IsEmitter"/> until that is known.</summary>
    public bool IsWorker
    {
        get => _isWorker;
        set => _isWorker = value;
    }

    /// <summary>True for a member that only publishes. One that begins to serve sockets is an emitter no more.</summary>
    public bool IsEmitter
    {
        get => _isEmitter && !_isWorker;
        set => _isEmitter = value;
    }

    /// <summary>Workers that are counted: the confirmed ones, and this member when it is one.</summary>
    public int ServerCount => Peers.Length + (IsEmitter ? 0 : 1);

    /// <summary>Workers that are counted and have a server: the confirmed ones, and this member when it has it.</summary>
    public int CountOf(string server)
    {
        var count = IsServed(server) ? 1 : 0;
        foreach (var peer in Peers)
            count += peer.Card.Has(server) ? 1 : 0;
        return count;
    }

    /// <summary>Whether this member serves a server; told by <see cref="ClusterAdapterExtension"/>.</summary>
    public Func<string, bool> IsServed { get; set; } = static _ => false;

    /// <summary>Called by the actor when a server has a namespace less; told to <see cref="ClusterAdapterExtension"/>.</summary>
    public Action<string> Detached { get; set; } = static _ => { };

    /// <summary>What this worker tells about itself; null until its parser is known.</summary>
    public PeerCard? Card
    {
        get => _card;
        set => _card = value;
    }

    /// <summary>Ends when this worker is no member of the cluster any more.</summary>
    public Task<WorkerEnd> Ended => _ended.Task;

    /// <summary>The rest of the cluster has given this worker up: its process must be started anew.</summary>
    public void EndLife(string reason)
    {
        Readiness.End(reason);
        _ended.TrySetResult(new WorkerEnd(true, reason));
    }

    /// <summary>This worker has left because somebody wanted it to.</summary>
    public void Leave(string reason)
    {
        Readiness.End(reason);
        _ended.TrySetResult(new WorkerEnd(false, reason));
    }

    /// <summary>Name of the next life of the adapter actor on the wire.</summary>
    public long NextOrigin() => _originBase | (ushort)Interlocked.Increment(ref _origins);

    /// <summary>True for a message of this worker's own, also from an earlier life of its adapter actor.</summary>
    public bool IsOwn(long origin) => (origin & ~LifeBits) == _originBase;

    /// <summary>True when both are lives of one worker's adapter actor and the first came before the second. The number begins anew after 65,536.</summary>
    public static bool IsEarlierLife(long origin, long than) =>
        (origin & ~LifeBits) == (than & ~LifeBits) && unchecked((short)(origin - than)) < 0;

    /// <summary>Ends when the adapter actor has: from then on nobody answers who asks it.</summary>
    public CancellationToken ActorEnded { get; set; }

    public long NextRequestId() => Interlocked.Increment(ref _requestId);

    /// <summary>Questions that wait for an answer now.</summary>
    public int OutstandingRequests => Volatile.Read(ref _outstanding);

    /// <summary>Takes one of the places for questions that wait for an answer.</summary>
    /// <exception cref="InvalidOperationException">All are taken.</exception>
    public void BeginRequest()
    {
        if (Interlocked.Increment(ref _outstanding) <= Settings.MaxOutstandingRequests)
            return;
        Interlocked.Decrement(ref _outstanding);
        throw new InvalidOperationException(
            $"{Settings.MaxOutstandingRequests} questions to other workers are waiting for their answers (akka.cluster-adapter.max-outstanding-requests); "
            + "nothing was sent.");
    }

    public void EndRequest() => Interlocked.Decrement(ref _outstanding);

    /// <summary>A message was not taken: counted, and told once in <see cref="OverflowPeriod"/>.</summary>
    public void Overflow()
    {
        Counters.Add(PeerCounter.Dropped);
        var now = Time.GetTimestamp();
        var told = Interlocked.Read(ref _overflowedAt);
        if ((told == long.MinValue || Time.GetElapsedTime(told, now) >= OverflowPeriod) && Interlocked.CompareExchange(ref _overflowedAt, now, told) == told)
            Overflowed?.Invoke();
    }
}
