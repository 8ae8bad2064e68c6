using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Namespaces;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;
using Akka.Remote;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// One per worker, for all namespaces. It delivers nothing itself: it takes what comes to where it belongs – what leaves to <see cref="Outbound"/>, what
/// the others send to
/// <see cref="Inbound"/>, requests to an aggregator each – and draws the consequences of who comes and goes.
/// </summary>
internal sealed partial class AdapterActor : ReceiveActor, IWithTimers
{
    private readonly ClusterState _state;
    private readonly AkkaCluster _cluster;
    private readonly Peers _peers;
    private readonly Outbound _outbound;
    private readonly Inbound _inbound;
    private readonly NamespaceActors _namespaces;
    private readonly PendingRequests _requests;
    private readonly TopicSubscription _subscription;
    private readonly HelloExchange _hello;
    private readonly ReadinessPolicy _readiness;
    private readonly LinkWatch _links;
    private readonly SessionKeeper _keeper;
    private readonly long _origin;
    private bool _isOut;

    public AdapterActor(ClusterState state, MediatorBus topic)
    {
        _state = state;
        _cluster = AkkaCluster.Get(Context.System);
        _peers = new Peers(state.Settings.PeerWindow);
        var (origin, clock, log) = (state.NextOrigin(), Context.System.Scheduler, Context.GetLogger());
        var context = new OutboundContext(state.BackPressure, state.Counters, state.WindowLimits, clock, log, state.Guard) { Metrics = state.Metrics };
        _outbound = new Outbound(origin, topic, Self, context);
        _namespaces = new NamespaceActors(Context, state, origin);
        _inbound = new Inbound(state, _peers, _namespaces, origin, clock, log);
        state.Metrics.Incomplete = () => _inbound.IncompleteBytes;
        _requests = new PendingRequests(Context, state);
        _subscription = new TopicSubscription(topic, Self, state, log);
        _hello = new HelloExchange(state, _peers, _subscription, _outbound, origin, log);
        _readiness = new ReadinessPolicy(state, _peers, _cluster, log);
        _links = new LinkWatch(_peers, _cluster, state.Guard, Self, log);
        _keeper = new SessionKeeper(state, _peers, _namespaces, origin);
        _origin = origin;
        ReceiveOutgoing();
        Receive<AskWorkers>(OnAskWorkers);
        Receive<AskPositions>(OnAskPositions);
        Receive<LogAsked>(OnLogAsked);
        Receive<LogSilent>(_keeper.Hear);
        Receive<SessionRequest>(request => _keeper.Take(request, Sender, Now));
        ReceiveIncoming();
        ReceiveGreetings();
        ReceiveMembership();
        Receive<Attach>(OnAttach);
        Receive<Detach>(detach =>
        {
            _namespaces.Detach(detach.Adapter);
            _state.Detached(detach.Adapter.Server);
        });
        Receive<SubscribeAck>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    public static Props Props(ClusterState state, MediatorBus topic) => Actor.Props.Create(() => new AdapterActor(state, topic));

    protected override void PreStart()
    {
        _state.BackPressure.End(false);
        const ClusterEvent.SubscriptionInitialStateMode Snapshot = ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot;
        _cluster.Subscribe(
            Self, Snapshot, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.ClusterShuttingDown));
        var events = Context.System.EventStream;
        events.Subscribe(Self, typeof(DisassociatedEvent));
        events.Subscribe(Self, typeof(AssociatedEvent));
        events.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        foreach (var adapter in _state.Adapters.Values)
            _namespaces.Attach(adapter, adapter.Local);
        _readiness.Restart(Now);
        OnTick();
    }

    protected override void PreRestart(Exception reason, object message)
    {
        // Whoever asked is told: no aggregator was started that could.
        if (message is Outgoing { Message: RequestMessage })
            Sender.Tell(new Status.Failure(reason), ActorRefs.NoSender);
        _requests.Leave();
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        // What waited with the actors of the namespaces went with them, and what had come in part.
        foreach (var adapter in _state.Adapters.Values)
            adapter.Local.NoteHole();
        base.PostRestart(reason);
    }

    protected override void PostStop()
    {
        _outbound.End();
        _cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
        _state.HasPeers = false;
        _state.Peers = [];
        _state.BackPressure.End(true);
    }

    private void ReceiveOutgoing()
    {
        Receive<Outgoing>(OnOutgoing);
        Receive<CancelRequest>(_requests.Cancel);
        Receive<RequestEnded>(ended => _requests.End(ended.RequestId));
        Receive<AggregatorStopped>(_ => _requests.Stopped(Sender));
        Receive<RequestsLeft>(_requests.GiveUp);
        Receive<NextChunk>(_ => Follow(_outbound.SendChunk()));
        Receive<SendBatch>(_ => _outbound.Flush());
        Receive<PeerCredit>(_outbound.Credit);
    }

    private void ReceiveIncoming()
    {
        Receive<OrderedMessage>(message => _inbound.Take(message, isDirect: false, Sender));
        Receive<PeerBatch>(batch => _inbound.Take(batch, Sender));
        Receive<DirectMessage>(direct => _inbound.Take(direct.Message, isDirect: true, Sender));
        Receive<DirectBegins>(_inbound.BeginDirect);
        Receive<DirectReached>(_inbound.Reach);
        Receive<CreditDue>(due => _inbound.GiveCredit(due.Origin));
        Receive<UnknownPeerMessage>(_inbound.Drop);
    }

    private void OnAttach(Attach attach)
    {
        _namespaces.Attach(attach.Adapter, attach.Local);
        if (!attach.Local.IsRecording || !_peers.Any)
            return;
        var begins = new LogBegins(attach.Adapter.Name);
        var size = begins.EncodedSize;
        _state.BackPressure.Add(size);
        Send(begins, size, ActorRefs.NoSender);
    }

    private void OnOutgoing(Outgoing outgoing)
    {
        if (outgoing.Message is RequestMessage request)
            Ask(request, outgoing);
        else
            Send(outgoing.Message, outgoing.Size, ActorRefs.NoSender);
    }

    private void Ask(RequestMessage request, Outgoing outgoing)
    {
        var aggregator = _requests.Begin(request, _peers.Expected(ServerName.OfWire(request.Namespace)), Sender, outgoing.Answered);
        // Those that are not confirmed yet may still hear it; nobody waits for them.
        if (aggregator is null && request is FetchSockets)
            _state.BackPressure.Remove(outgoing.Size);
        else
            Send(request, outgoing.Size, aggregator);
    }

    /// <summary>Asks some workers, or all, directly: also those that leave, for they have what others look for.</summary>
    private void OnAskWorkers(AskWorkers ask)
    {
        var server = ServerName.OfWire(ask.Request.Namespace);
        var asked = _peers.All.Where(peer => peer.MayHaveSessions && peer.Card!.Has(server) && (ask.WorkerId is null || ask.WorkerId == peer.WorkerId)
            && (ask.Tag is null || ask.Tag == peer.Card.Tag)).ToList();
        ask.IsAnyLeaving = asked.Exists(static peer => peer.IsLeaving || peer.IsGoing);
        ask.Request.Stamp(_origin, 0);
        if (_requests.Begin(ask.Request, asked.ToDictionary(static peer => peer.Origin, static peer => peer.WorkerId), Sender, null) is not { } aggregator)
            return;
        foreach (var peer in asked)
            peer.Actor!.Tell(ask.Request, aggregator);
    }

    private void OnAskPositions(AskPositions ask)
    {
        var asked = new LogAsked(_origin, ask.Namespace, ask.Log);
        foreach (var origin in ask.Origins)
        {
            // That it has sent nothing says nothing while what it sends may not come here.
            if (_peers.OfOrigin(origin) is { Stream.HasBegun: true, Actor: { } actor })
                actor.Tell(asked, Self);
        }
    }

    /// <summary>Where there is something to tell, it is told in the order of what this member sends; that there is nothing has no place in it.</summary>
    private void OnLogAsked(LogAsked asked)
    {
        // What has been emptied comes last: it is no news where the same adapter is there again.
        var isTold = _state.Adapters.TryGetValue(asked.Namespace, out var adapter) && adapter.AnnounceLog();
        isTold |= AnnounceEmitted(asked.Namespace);
        isTold |= _state.FormerNumbers.Announce(asked.Namespace, (place, age) => SendPosition(new LogPosition(asked.Namespace, place, age), Self));
        if (!isTold && !_state.FormerNumbers.HasLacks && _outbound.Reaches(asked.Origin))
            Sender.Tell(new LogSilent(_origin, asked.Namespace, asked.Log), ActorRefs.NoSender);
    }

    private void Send(OrderedMessage message, int size, IActorRef? sender)
    {
        if (_peers.Any)
            Follow(_outbound.Send(message, size, sender));
        else
            _state.BackPressure.Remove(size);
    }

    /// <summary>
    /// When messages begin to go directly, a hello follows through the topic: the others know by it that nothing older is still under way there.
    /// </summary>
    private void Follow(bool isDirectFromNow)
    {
        if (isDirectFromNow)
            SayHello();
        GreetSoon(isDirectFromNow);
    }

    /// <summary>Draws the consequences for those who are not counted on any more.</summary>
    private void SettleLosses()
    {
        while (_peers.TryTakeLoss(out var loss))
        {
            if (loss.IsExiting)
                _namespaces.End(loss.Origin);
            else if (loss.HasEnded)
                End(loss.Origin);
            else
                _requests.Lose(loss.Origin);
            if (loss.Gone is { } worker)
                _keeper.Adopt(worker);
        }
    }

    private void End(long origin)
    {
        _inbound.Forget(origin);
        _outbound.Close(origin);
        _namespaces.Forget(origin);
        _requests.Forget(origin);
        _keeper.Forget(origin);
    }
}
