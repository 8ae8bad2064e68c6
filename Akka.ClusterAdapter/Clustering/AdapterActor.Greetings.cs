using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Recovery;

namespace Akka.ClusterAdapter.Clustering;

/// <content>Hellos and beats: who is there, and what follows from it.</content>
internal sealed partial class AdapterActor
{
    private static readonly TimeSpan UrgentInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StrangerPatience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// So many beats of a member, and at least so long, may be missing before nobody waits any more until it has told how far it is. How long a client waits
    /// meanwhile is another question, and has another answer (docs/decisions/0093).
    /// </summary>
    private const int MostBeatsMissing = 10;
    private static readonly TimeSpan LeastTellerPatience = TimeSpan.FromSeconds(5);

    private TimeSpan TellerPatience =>
        MostBeatsMissing * _state.Settings.BeatInterval is var patience && patience > LeastTellerPatience ? patience : LeastTellerPatience;

    private void ReceiveGreetings()
    {
        Receive<Hello>(OnHello);
        Receive<HelloReply>(OnReply);
        Receive<StatusRequest>(_ => _hello.TellStatus(Sender));
        Receive<WorkerStatus>(OnStatus);
        Receive<Tick>(_ => OnTick());
        Receive<CardChanged>(_ => OnTick());
        Receive<Drain>(OnDrain);
    }

    private void OnTick()
    {
        if (_state.IsWorker)
            CheckSubscription();
        else if (_state.IsEmitter)
            _hello.AskStrangers(Context, Self);
        _peers.Sweep(Now, StrangerPatience);
        SettleLosses();
        _inbound.Sweep();
        SayHello();
        _outbound.Beat();
        UpdateView();
        StartTick(isUrgent: _outbound.IsDirect || _readiness.IsUrgent(Now));
    }

    /// <summary>Something has changed: the others hear of it, and this worker of them, before the next beat.</summary>
    private void GreetSoon(bool isNews = true)
    {
        if (!isNews)
            return;
        UpdateView();
        StartTick(isUrgent: true);
    }

    private void StartTick(bool isUrgent)
    {
        var beat = _state.Settings.BeatInterval;
        Timers.StartSingleTimer(Tick.Instance, Tick.Instance, isUrgent && beat > UrgentInterval ? UrgentInterval : beat);
    }

    /// <summary>Whoever serves sockets hears the topic. That everybody reaches this worker, and is reached, must be proven with a new subscription.</summary>
    private void CheckSubscription()
    {
        if (!_subscription.RenewIfLost(Now))
            return;
        _peers.ForgetConfirmations();
        _state.Readiness.Clear();
        _readiness.Restart(Now);
    }

    private void SayHello()
    {
        if (_hello.Say(Self, Now))
            _readiness.Restart(Now);
    }

    private void OnHello(Hello hello)
    {
        if (_state.IsOwn(hello.Origin))
        {
            if (_hello.HearOwn(hello, Now))
                UpdateView();
            return;
        }

        if (_hello.Hear(hello, Sender, Now) is not { } peer)
            return;
        _inbound.Align(peer, hello.LastSequence);
        if (hello.WantsCredit)
            _inbound.GiveCredit(peer.Origin);
        _hello.Check(peer, _cluster.SelfMember);
        if (hello.WantsReply)
            _hello.Reply(hello, peer, Sender, Self);
        UpdateView();
    }

    private void OnReply(HelloReply reply)
    {
        var wasConfirmed = _peers.OfOrigin(reply.Origin) is { IsConfirmed: true };
        if (!_hello.HearReply(reply, Now))
            return;
        if (_peers.OfOrigin(reply.Origin) is { } peer)
        {
            if (!wasConfirmed && peer.IsConfirmed)
                AnnounceLogs();
            _hello.Check(peer, _cluster.SelfMember);
            peer.Actor = Sender;
            // It keeps its window until the cluster has removed it: the topic goes on sending to one that stands still.
            if (peer is { IsConfirmed: true, IsGoing: false })
                _outbound.Open(peer.Origin, Sender, peer.WorkerId);
        }

        UpdateView();
    }

    /// <summary>Tells the others how far this member is in each namespace: one that has just come does not know.</summary>
    private void AnnounceLogs()
    {
        foreach (var adapter in _state.Adapters.Values)
            adapter.AnnounceLog();
        AnnounceEmitted();
    }

    /// <summary>The same of what is sent where there are no sockets.</summary>
    /// <param name="namespace">Where; null for everywhere.</param>
    /// <returns>False when that is nothing.</returns>
    private bool AnnounceEmitted(string? @namespace = null)
    {
        var self = Self;
        return _state.EmitterNumbers.Announce(@namespace, (name, place, age) => SendPosition(new LogPosition(name, place, age), self));
    }

    /// <summary>By way of the mailbox: behind what was numbered before and is still in it.</summary>
    private void SendPosition(LogPosition position, IActorRef self)
    {
        var size = position.EncodedSize;
        _state.BackPressure.Add(size);
        self.Tell(new Outgoing(position, size), ActorRefs.NoSender);
    }

    /// <summary>Publishes what has changed to the world outside, and decides about readiness.</summary>
    private void UpdateView()
    {
        SettleLosses();
        _state.IsDirect = _outbound.IsDirect;
        _state.HasPeers = _peers.Any;
        _state.Peers = _peers.Snapshot();
        _state.Tellers = [.. _peers.Tellers(Now, TellerPatience)];
        if (!_peers.Known().SequenceEqual(_state.Known))
            _state.Known = [.. _peers.Known()];
        foreach (var adapter in _state.Adapters.Values)
        {
            adapter.Copier?.Look();
            adapter.Fetcher?.Look();
        }

        _readiness.Decide(_subscription.HearsItself, Now);
    }

    private void OnStatus(WorkerStatus status)
    {
        _peers.SeeGuest(status);
        UpdateView();
    }

    private void OnDrain(Drain drain)
    {
        _state.Readiness.End(drain.Reason);
        _hello.IsLeaving = true;
        _outbound.SendChunks();
        SayHello();
        Sender.Tell(Drained.Instance);
    }
}
