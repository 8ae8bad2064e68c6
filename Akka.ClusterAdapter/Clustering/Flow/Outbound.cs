using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// The way of a message out of this worker, from top to bottom: it is cut into chunks when it is large, gets its number and its place in each worker's window
/// (<see cref="PeerFlow"/>), leaves together with others (<see cref="BatchingBus"/>), and goes to the topic. Each part knows the next one only. Used by
/// the adapter actor, which is told when there is more to do: <see cref="NextChunk"/> and <see cref="SendBatch"/> are for <see cref="SendChunk"/> and
/// <see cref="Flush"/>.
/// </summary>
internal sealed class Outbound
{
    private readonly OutboundContext _context;
    private readonly ChunkQueue _chunks;
    private readonly PeerFlow _flow;
    private readonly BatchingBus _bus;
    private readonly IActorRef _owner;

    /// <param name="origin">Whose messages these are.</param>
    /// <param name="topic">Where they end.</param>
    /// <param name="owner">The adapter actor.</param>
    /// <param name="context">What all parts share.</param>
    public Outbound(long origin, IPeerBus topic, IActorRef owner, OutboundContext context)
    {
        _context = context;
        _owner = owner;
        _chunks = new ChunkQueue(origin);
        _bus = new BatchingBus(origin, topic, owner, TimeProvider.System, context.Counters, hasFineTimers: !OperatingSystem.IsWindows(), context.Guard);
        _flow = new PeerFlow(origin, _bus, context.Counters, context.Log);
    }

    /// <summary>Number of the last message that left through the topic.</summary>
    public long LastThroughTopic => _flow.LastThroughTopic;

    /// <summary>True while messages go directly to each worker, because one does not keep up.</summary>
    public bool IsDirect => _flow.IsDirect;

    /// <summary>Whether what leaves from now on comes to a worker, or is told to be missing there.</summary>
    public bool Reaches(long peer) => !_flow.IsDirect || _flow.Has(peer);

    /// <summary>Sends a message, or its chunks by and by.</summary>
    /// <returns>See <see cref="PeerFlow.Publish"/>.</returns>
    public bool Send(OrderedMessage message, int size, IActorRef? sender)
    {
        // Most messages are small and have nothing to wait for.
        var wasBusy = _chunks.IsBusy;
        if ((!wasBusy && size <= PeerLimits.LargestMessage) || !_chunks.TryKeep(message, size, sender))
            return Leave(new Departure(message, size, sender, size));
        if (!wasBusy)
            _owner.Tell(NextChunk.Instance, ActorRefs.NoSender);
        return false;
    }

    /// <summary>One chunk a turn: what waits in the mailbox meanwhile goes between two of them.</summary>
    /// <returns>See <see cref="PeerFlow.Publish"/>.</returns>
    public bool SendChunk()
    {
        var begins = TakeTurn();
        if (_chunks.IsBusy)
            _owner.Tell(NextChunk.Instance, ActorRefs.NoSender);
        return begins;
    }

    /// <summary>Sends all chunks that wait.</summary>
    public void SendChunks()
    {
        while (_chunks.IsBusy)
            TakeTurn();
    }

    /// <summary>What is no ordered message: behind those that came before it.</summary>
    public void Publish(PeerMessage message, IActorRef sender) => _bus.Publish(message, sender);

    /// <summary>Publishes what was gathered.</summary>
    public void Flush() => _bus.Flush();

    /// <summary>A worker hears us: it gets a window, once.</summary>
    public void Open(long peer, IActorRef actor, string workerId)
    {
        if (_flow.Has(peer))
            return;
        var window = new PeerWindow(actor, workerId, _context.Limits, _context.Clock, _context.Counters, _context.Log)
        {
            Arrived = _context.Metrics is { } metrics ? metrics.Latency : null,
        };
        _flow.Add(peer, window);
        _context.Metrics?.Windows.TryAdd(peer, window);
    }

    /// <summary>A worker is gone, and what waits for it with it.</summary>
    public void Close(long peer)
    {
        _flow.Remove(peer);
        _context.Metrics?.Windows.TryRemove(peer, out _);
    }

    /// <summary>What leaves now is answered with a credit by each worker: it tells how long the way there and back is.</summary>
    public void BeginEcho()
    {
        foreach (var window in _flow.Windows)
            window.BeginEcho(LastThroughTopic);
    }

    /// <summary>A worker tells how far it is.</summary>
    public void Credit(PeerCredit credit)
    {
        _flow.Credit(credit.Origin, credit);
        SlowDown();
    }

    /// <summary>From time to time.</summary>
    public void Beat()
    {
        SlowDown();
        _flow.TellReached();
    }

    /// <summary>Nothing leaves any more.</summary>
    public void End()
    {
        _bus.Flush();
        _bus.End();
        _context.Pressure.Remove(_chunks.Bytes, _chunks.Count);
        _context.Metrics?.Windows.Clear();
    }

    private bool TakeTurn()
    {
        var begins = false;
        foreach (var departure in _chunks.TakeTurn())
            begins |= Leave(departure);
        return begins;
    }

    private bool Leave(in Departure departure)
    {
        _context.Counters.Add(PeerCounter.Published);
        _context.Counters.Add(PeerCounter.PublishedBytes, departure.Size);
        var begins = _flow.Publish(departure.Message, departure.Size, departure.Sender);
        if (_flow.IsDirect)
            SlowDown();
        if (departure.Whole is { } whole)
            _context.Pressure.Remove(whole);
        return begins;
    }

    /// <summary>Callers that await wait for workers that move. For one that stands still nobody waits.</summary>
    private void SlowDown() =>
        _context.Pressure.Hold(_flow.Windows.Any(window => window.WaitingBytes > _context.Limits.Queue / 2 && !window.IsStalled));
}

/// <summary>What the parts of the way out share.</summary>
/// <param name="Pressure">Told of each message that has left as a whole.</param>
/// <param name="Counters">Counts.</param>
/// <param name="Limits">Bounds of each worker's window.</param>
/// <param name="Clock">The present moment.</param>
/// <param name="Log">Told of workers that do not keep up.</param>
/// <param name="Guard">The gate of what the runtime calls.</param>
internal sealed record OutboundContext(
    BackPressure Pressure, PeerCounters Counters, WindowLimits Limits, ITimeProvider Clock, ILoggingAdapter Log, Guard Guard)
{
    /// <summary>Shows the windows, and is told how long messages take. May be null.</summary>
    public ClusterMetrics? Metrics { get; init; }
}

/// <summary>The adapter actor tells itself: <see cref="Outbound.SendChunk"/>.</summary>
internal sealed class NextChunk : IAdapterCommand
{
    public static readonly NextChunk Instance = new();
}

/// <summary>The adapter actor tells itself: <see cref="Outbound.Flush"/>.</summary>
internal sealed class SendBatch : IAdapterCommand
{
    public static readonly SendBatch Instance = new();
}
