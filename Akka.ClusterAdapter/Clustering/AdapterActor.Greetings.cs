using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>Hello, confirmation, the loop-back beat, readiness.</summary>
internal sealed partial class AdapterActor
{
    private static readonly TimeSpan UrgentInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StrangerPatience = TimeSpan.FromSeconds(60);

    // A process that was held up finds its beats late, not lost: only several that do not come back count.
    private const int MostUnheard = 3;
    private long _helloNumber;
    private int _unheard;
    private int _generation;
    private bool _hearsItself;
    private bool _isSelfUp;
    private bool _isLeaving;
    private bool _isDeaf;
    private bool _isLate;
    private TimeSpan _waitingSince;
    private TimeSpan? _lastHeard;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private void ReceiveGreetings()
    {
        Receive<Hello>(OnHello);
        Receive<HelloReply>(OnReply);
        Receive<StatusRequest>(_ => TellStatus());
        Receive<WorkerStatus>(OnStatus);
        Receive<Tick>(_ => OnTick());
        Receive<CardChanged>(_ => OnTick());
        Receive<Drain>(OnDrain);
    }

    private void BeginGreeting()
    {
        _waitingSince = Now;
        OnTick();
    }

    /// <summary>Whoever serves sockets hears the topic. That everybody reaches this worker, and is reached, must be proven with the new subscription.</summary>
    private void Subscribe()
    {
        _generation++;
        _hearsItself = false;
        _lastHeard = null;
        _unheard = 0;
        _topic.Subscribe(Self);
        _peers.ForgetConfirmations();
        _state.Readiness.Clear();
        _waitingSince = Now;
    }

    private void OnTick()
    {
        if (_state.IsWorker)
            CheckSubscription();
        else if (_state.IsEmitter)
            AskStrangers();
        _peers.Sweep(Now, StrangerPatience);
        SettleLosses();
        _chunks.Sweep(Now);
        TellLost();
        SayHello();
        _outbound.Beat();
        UpdateView();
        Timers.StartSingleTimer(Tick.Instance, Tick.Instance, IsUrgent() ? Min(UrgentInterval, _state.Settings.BeatInterval) : _state.Settings.BeatInterval);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Somebody is missing, or this worker itself is not there yet. A member that never speaks is not worth more than the time it has to be ready.</summary>
    private bool IsUrgent()
    {
        var limit = _state.Settings.ReadyTimeout;
        return (!_state.Readiness.IsReady && _state.Readiness.EndedBecause is null && Now - _waitingSince < limit)
            || _outbound.IsDirect
            || _peers.All.Any(peer => peer.IsSuspected || (peer.IsWaitedFor && !peer.IsMutual && Now - peer.Since < limit));
    }

    private void SayHello()
    {
        if (_state.Card is not { } card)
            return;
        _waitingSince = _helloNumber == 0 ? Now : _waitingSince;
        _lastHeard ??= Now;
        _unheard++;
        _outbound.Publish(
            new Hello(_origin, _state.WorkerId, card)
            {
                LastSequence = _outbound.LastThroughTopic,
                WantsCredit = _outbound.IsDirect,
                Window = _state.Settings.PeerWindow,
                Number = ++_helloNumber,
                Generation = _generation,
                // An emitter hears no hellos: only from replies it learns of a worker's new life.
                WantsReply = _peers.IsAnyInDoubt || !_state.Readiness.IsReady || card.Kind == PeerKind.Emitter,
                IsLeaving = _isLeaving,
            },
            Self);
    }

    /// <summary>Our own hello comes back through the mediator; when it does not, the mediator was restarted and has forgotten us.</summary>
    private void CheckSubscription()
    {
        if (_generation == 0)
            Subscribe();
        if (_isDeaf || _lastHeard is not { } heard || Now - heard <= 2 * _state.Settings.BeatInterval || _unheard < MostUnheard)
            return;
        _state.Counters.Add(PeerCounter.Resubscriptions);
        _log.Error("This worker has not heard its own beats on topic {0}: it subscribes again. Messages of other workers may have been lost meanwhile.", _state.Settings.Topic);
        Subscribe();
    }

    private void OnHello(Hello hello)
    {
        if (_state.IsOwn(hello.Origin))
        {
            HearOwn(hello);
            return;
        }

        var peer = _peers.Greet(hello, Now);
        if (peer.Origin != hello.Origin)
            return;
        peer.Address ??= Sender.Path.Address;
        peer.Actor = Sender;
        CountGap(peer, peer.Stream.Align(hello.LastSequence));
        HearTopic(peer, hello.LastSequence);
        if (hello.WantsCredit)
            GiveCredit(peer);
        CheckConflict(peer);
        CheckTag(peer);
        if (hello.WantsReply)
            Reply(hello, confirms: !peer.IsRefused && (peer.HearsUs || !peer.MayBeWorker));
        UpdateView();
    }

    private void HearOwn(Hello hello)
    {
        if (hello.Origin != _origin || hello.Generation != _generation)
            return;
        _lastHeard = Now;
        _unheard = 0;
        if (_hearsItself)
            return;
        _hearsItself = true;
        UpdateView();
    }

    private void Reply(Hello hello, bool confirms)
    {
        if (_state.Card is not { } card)
            return;
        Sender.Tell(new HelloReply(_origin, _state.WorkerId, card) { HelloOrigin = hello.Origin, Generation = _generation, ConfirmsReceiver = confirms });
    }

    private void OnReply(HelloReply reply)
    {
        if (reply.HelloOrigin != _origin || reply.Card.Kind != PeerKind.Worker)
            return;
        _peers.Confirm(reply, Now);
        if (_peers.OfOrigin(reply.Origin) is { } peer)
        {
            CheckConflict(peer);
            CheckTag(peer);
            peer.Actor = Sender;
            OpenWindow(peer);
        }

        UpdateView();
    }

    /// <summary>Two workers drew the same tag: the younger one, which has fewer sessions or none, takes another.</summary>
    private void CheckTag(Peer peer)
    {
        if (peer.Card is not { Tag.Length: > 0 } card || card.Tag != _state.Card?.Tag || peer.Member is not { } member || !member.IsOlderThan(_cluster.SelfMember))
            return;
        _state.Counters.Add(PeerCounter.TagCollisions);
        _log.Info("Worker {0} has the tag of this one, {1}, and is older: this worker takes another.", peer.WorkerId, card.Tag);
        _state.TagTaken?.Invoke();
    }

    private void CheckConflict(Peer peer)
    {
        if (peer.IsRefused || _state.Card is not { } mine || peer.Card?.ConflictWith(mine) is not { } conflict)
            return;
        _peers.Refuse(peer);
        _log.Error("{0} {1} is refused: {2}.", peer.Card.Kind, peer.WorkerId, conflict);
    }

    /// <summary>Publishes what has changed to the world outside, and decides about readiness.</summary>
    private void UpdateView()
    {
        SettleLosses();
        _state.IsDirect = _outbound.IsDirect;
        _state.HasPeers = _peers.Any;
        _state.Peers = _peers.Snapshot();
        if (!_peers.Known().SequenceEqual(_state.Known))
            _state.Known = [.. _peers.Known()];
        if (_state.Card is null || _state.Readiness.EndedBecause is not null)
            return;
        if (_state.IsMember && RefusedBy() is { } elder)
        {
            RefuseOurselves(elder);
            return;
        }

        if (_isSelfUp && (_hearsItself || _state.IsEmitter) && !_peers.Missing.Any())
            BeReady();
        else if (!_state.Readiness.IsReady && Now - _waitingSince >= _state.Settings.ReadyTimeout)
            BeLate();
        else if (_state.Readiness.IsDegraded)
            _state.Readiness.Missing = Missing();
    }

    /// <summary>When two workers do not fit together, the younger one stays out. An emitter stays out when it fits none.</summary>
    private Peer? RefusedBy()
    {
        if (_state.IsEmitter)
            return _state.Peers.IsEmpty && !_peers.Missing.Any() ? _peers.All.FirstOrDefault(peer => peer.IsRefused) : null;
        if (_state.Readiness.IsReady)
            return null;
        var self = _cluster.SelfMember;
        return _peers.All.FirstOrDefault(peer => peer.IsRefused && peer.MayBeWorker && peer.Member is { } member && member.Status == Akka.Cluster.MemberStatus.Up && member.IsOlderThan(self));
    }

    private void RefuseOurselves(Peer elder)
    {
        var who = _state.IsEmitter ? "emitter" : "worker";
        var reason = $"This {who} does not fit worker {elder.WorkerId}, which was there first: {elder.Card!.ConflictWith(_state.Card!)}.";
        _log.Error("{0} It will not become ready.", reason);
        _state.Readiness.End(reason);
    }

    private void BeReady()
    {
        if (_state.Readiness is { IsReady: true, IsDegraded: false })
            return;
        _state.Readiness.Set(degraded: false);
        _log.Info("{0} {1} is ready; {2} other worker(s).", _state.Card!.Kind, _state.WorkerId, _state.Peers.Length);
    }

    /// <summary>Who is no member reaches nobody. It would take clients that hear nothing of the others, and lose them when it gives up joining.</summary>
    private void BeLate()
    {
        if (_state.IsMember)
            BeDegraded();
        else if (!_isLate)
            _log.Warning("After {0} the cluster has not let {1} in: it goes on waiting.", _state.Settings.ReadyTimeout, _state.WorkerId);
        _isLate = true;
    }

    private void BeDegraded()
    {
        var missing = _state.Readiness.Missing = Missing();
        _state.Readiness.Set(degraded: true);
        _log.Warning("After {0} {1} {2} is ready although messages may not reach: {3}.", _state.Settings.ReadyTimeout, _state.Card!.Kind, _state.WorkerId, string.Join(", ", missing));
    }

    private List<string> Missing()
    {
        var missing = _peers.Missing.Select(peer => peer.WorkerId).ToList();
        if (!_isSelfUp)
            missing.Insert(0, $"{_state.WorkerId} (this worker itself is only WeaklyUp in the cluster)");
        else if (!_hearsItself && _state.IsWorker)
            missing.Insert(0, $"{_state.WorkerId} (this worker does not hear its own beat)");
        return missing;
    }

    private void TellStatus()
    {
        if (_state.Card is { } card)
            Sender.Tell(new WorkerStatus(_origin, _state.WorkerId, card, _state.SessionCount(), _state.Readiness.IsReady && !_isLeaving), ActorRefs.NoSender);
    }

    /// <summary>What has the role and is no worker does not hear hellos either, so it is asked. A worker need not answer: its reply to a hello says more.</summary>
    private void AskStrangers()
    {
        foreach (var stranger in _peers.Strangers)
        {
            if (stranger.Address is { } address)
                Context.ActorSelection(new RootActorPath(address) / "user" / ClusterAdapterExtension.ActorName).Tell(StatusRequest.Instance, Self);
        }
    }

    private void OnStatus(WorkerStatus status)
    {
        _peers.SeeGuest(status);
        UpdateView();
    }

    private void OnDrain(Drain drain)
    {
        _state.Readiness.End(drain.Reason);
        _isLeaving = true;
        _outbound.SendChunks();
        SayHello();
        Sender.Tell(Drained.Instance);
    }

    private sealed class Tick : IAdapterCommand
    {
        public static readonly Tick Instance = new();
    }
}
