using Akka.Actor;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// What may be on its way to one other worker, and what waits because that is used up. Bytes count as on their way until that worker says that it has
/// carried them out. Used by the adapter actor only.
/// </summary>
/// <param name="peer">Its adapter actor.</param>
/// <param name="workerId">Its name.</param>
/// <param name="limits">Bytes on their way, bytes that wait, patience.</param>
/// <param name="clock">The present moment.</param>
/// <param name="counters">Counts what is dropped.</param>
/// <param name="log">Told when dropping begins, and when the worker keeps up again.</param>
internal sealed class PeerWindow(IActorRef peer, string workerId, WindowLimits limits, ITimeProvider clock, PeerCounters counters, ILoggingAdapter log)
{
    private readonly Queue<Waiting> _waiting = [];
    private readonly Queue<(long Sequence, long Told)> _marks = [];
    private readonly long _markStep = limits.Window / 16;
    private long _told;
    private long _lastMark;
    private long _reached;
    private long _received;
    private long _unread;
    private TimeSpan _lastProgress;
    private TimeSpan? _echoSince;
    private long _echoOf;

    public IActorRef Peer { get; } = peer;

    /// <summary>Told how long a message took to that worker, half of the way there and back, after <see cref="BeginEcho"/>. May be null.</summary>
    public Action<TimeSpan>? Arrived { get; init; }

    /// <summary>Bytes that left and were not carried out yet, as far as known here.</summary>
    public long InFlight => _told - _reached + _unread;

    /// <summary>Number of the last message that left.</summary>
    public long LastSequence { get; private set; }

    /// <summary>False when nothing more may leave; what makes it full may itself be larger than what was left.</summary>
    public bool IsOpen => InFlight < limits.Window;

    /// <summary>True when nothing waits and there is room again.</summary>
    public bool IsCalm => _waiting.Count == 0 && InFlight < limits.Window / 2;

    /// <summary>Bytes that wait for room.</summary>
    public long WaitingBytes { get; private set; }

    /// <summary>Messages dropped since it last kept up.</summary>
    public long Dropped { get; private set; }

    /// <summary>Something waits, and the other side does not move.</summary>
    public bool IsStalled => _waiting.Count > 0 && clock.MonotonicClock - _lastProgress > limits.StallTimeout;

    /// <summary>A message left on another way.</summary>
    public void Count(long sequence, int size)
    {
        _told += size;
        LastSequence = sequence;
        if (_told - _lastMark < _markStep)
            return;
        _lastMark = _told;
        _marks.Enqueue((sequence, _told));
    }

    /// <summary>The worker was asked for a credit, behind the message of this number.</summary>
    public void BeginEcho(long behind) => (_echoSince, _echoOf) = (clock.MonotonicClock, behind);

    /// <summary>Sends a message, keeps it, or, when too much waits already, drops it.</summary>
    public void Send(DirectMessage message, int size, IActorRef? sender)
    {
        if (_waiting.Count == 0 && IsOpen)
        {
            Tell(message, size, sender);
            return;
        }

        if (WaitingBytes + size > limits.Queue)
        {
            Drop();
            return;
        }

        if (_waiting.Count == 0)
            _lastProgress = clock.MonotonicClock;
        _waiting.Enqueue(new Waiting(message, size, sender));
        WaitingBytes += size;
    }

    /// <summary>The other side tells how far it is; what waits and fits now leaves.</summary>
    /// <param name="received">Number of the last message it took.</param>
    /// <param name="unread">Bytes of those that it has not carried out yet.</param>
    public void Credit(long received, long unread)
    {
        if (received < _received)
            return;
        if (_echoSince is { } since && received >= _echoOf)
        {
            _echoSince = null;
            Arrived?.Invoke((clock.MonotonicClock - since) / 2);
        }

        if (received > _received || unread < _unread)
            _lastProgress = clock.MonotonicClock;
        _received = received;
        _unread = unread;
        while (_marks.TryPeek(out var mark) && mark.Sequence <= received)
        {
            _reached = mark.Told;
            _marks.Dequeue();
        }

        if (received >= LastSequence)
            _reached = _told;
        Drain();
        if (Dropped == 0 || !IsCalm)
            return;
        log.Warning("Worker {0} keeps up again; {1} message(s) were not sent to it.", workerId, Dropped);
        Dropped = 0;
    }

    private void Drop()
    {
        counters.Add(PeerCounter.Dropped);
        if (++Dropped > 1)
            return;
        log.Error(
            "Worker {0} does not keep up: {1} bytes are on their way to it and {2} wait (akka.cluster-adapter.peer-queue). What is sent now does not reach it.",
            workerId,
            InFlight,
            WaitingBytes);
    }

    private void Drain()
    {
        while (IsOpen && _waiting.TryDequeue(out var next))
        {
            WaitingBytes -= next.Size;
            Tell(next.Message, next.Size, next.Sender);
        }
    }

    private void Tell(DirectMessage message, int size, IActorRef? sender)
    {
        Count(message.Message.Sequence, size);
        Peer.Tell(message, sender ?? ActorRefs.NoSender);
    }

    private readonly record struct Waiting(DirectMessage Message, int Size, IActorRef? Sender);
}

/// <summary>Bounds of a <see cref="PeerWindow"/>.</summary>
/// <param name="Window">Bytes on their way.</param>
/// <param name="Queue">Bytes that wait for room.</param>
/// <param name="StallTimeout">A worker for which something waits and that has carried out nothing for so long stands still.</param>
internal readonly record struct WindowLimits(long Window, long Queue, TimeSpan StallTimeout);
