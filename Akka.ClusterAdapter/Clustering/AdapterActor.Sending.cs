using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>What leaves: in chunks where it is large, directly while somebody does not keep up, and never more than the others can take.</summary>
internal sealed partial class AdapterActor
{
    private readonly Outbox _outbox;
    private readonly PeerFlow _flow;

    private void ReceiveOutgoing()
    {
        Receive<Outgoing>(outgoing => Send(outgoing.Message, outgoing.Size, ActorRefs.NoSender));
        Receive<NextChunk>(_ => OnNextChunk());
        Receive<SendBatch>(_ => _bus.Flush());
        Receive<PeerCredit>(OnCredit);
    }

    private void Send(OrderedMessage message, int size, IActorRef? sender)
    {
        if (!_peers.Any)
        {
            _state.Backlog.Remove(size);
            return;
        }

        var wasBusy = _outbox.IsBusy;
        _outbox.Add(message, size, sender);
        if (_outbox.IsBusy && !wasBusy)
            Self.Tell(NextChunk.Instance);
    }

    /// <summary>One chunk a turn: what waits in the mailbox meanwhile goes between two of them.</summary>
    private void OnNextChunk()
    {
        _outbox.Advance();
        if (_outbox.IsBusy)
            Self.Tell(NextChunk.Instance);
    }

    private void Publish(OrderedMessage message, int size, IActorRef? sender)
    {
        _state.Counters.Add(PeerCounter.Published);
        _flow.Publish(message, size, sender);
        if (_flow.IsDirect)
            SlowDown();
    }

    /// <summary>A confirmed worker gets a window, and keeps it until the cluster has removed it: the topic goes on sending to one that stands still.</summary>
    private void OpenWindow(Peer peer)
    {
        if (!peer.IsConfirmed || peer.IsGoing || peer.Actor is not { } actor || _flow.Has(peer.Origin))
            return;
        var scheduler = Context.System.Scheduler;
        var limits = new WindowLimits(_state.Settings.PeerWindow, _state.Settings.PeerQueue, _state.Settings.PeerStallTimeout);
        _flow.Add(peer.Origin, new PeerWindow(actor, peer.WorkerId, limits, () => scheduler.MonotonicClock) { OnDropped = OnDropped });
    }

    private void OnCredit(PeerCredit credit)
    {
        _flow.Credit(credit.Origin, credit);
        foreach (var window in _flow.Windows.Where(window => window.Dropped > 0 && window.IsCalm))
        {
            _log.Warning("Worker {0} keeps up again; {1} message(s) were not sent to it.", window.WorkerId, window.Dropped);
            window.ForgetDropped();
        }

        SlowDown();
    }

    private void OnDropped(PeerWindow window)
    {
        _state.Counters.Add(PeerCounter.Dropped);
        if (window.Dropped == 1)
        {
            _log.Error(
                "Worker {0} does not keep up: {1} bytes are on their way to it and {2} wait (akka.cluster-adapter.peer-queue). What is sent now does not reach it.",
                window.WorkerId,
                window.InFlight,
                window.WaitingBytes);
        }
    }

    private void OnDirectBegun()
    {
        _state.Counters.Add(PeerCounter.DirectPeriods);
        _state.IsDirect = true;
        _log.Debug("A worker's window is full: messages go directly to each worker.");
        // Through the topic: the others know by it that nothing older is still under way there.
        SayHello();
        GreetSoon();
    }

    private void OnDirectEnded()
    {
        _state.IsDirect = false;
        _log.Debug("Every worker keeps up: messages go through the topic.");
    }

    /// <summary>Callers that await wait for workers that move. For one that stands still nobody waits.</summary>
    private void SlowDown() =>
        _state.Backlog.Hold(_flow.Windows.Any(window => window.WaitingBytes > _state.Settings.PeerQueue / 2 && !window.IsStalled));

    private sealed class SendBatch : IAdapterCommand
    {
        public static readonly SendBatch Instance = new();
    }

    private sealed class NextChunk : IAdapterCommand
    {
        public static readonly NextChunk Instance = new();
    }
}
