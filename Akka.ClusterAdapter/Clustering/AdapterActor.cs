using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;
using Akka.Remote;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// One per worker, for all namespaces: who the other workers are, what leaves in which order, who gets what comes. It delivers nothing itself.
/// </summary>
internal sealed partial class AdapterActor : ReceiveActor, IWithTimers
{
    private readonly ClusterState _state;
    private readonly MediatorBus _topic;
    private readonly AkkaCluster _cluster;
    private readonly Peers _peers;
    private readonly long _origin;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, IActorRef> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<long, IActorRef> _requests = [];
    private readonly HashSet<string> _unknownKinds = new(StringComparer.Ordinal);
    private int _namespacesMade;

    public AdapterActor(ClusterState state, MediatorBus topic)
    {
        _state = state;
        _topic = topic;
        _cluster = AkkaCluster.Get(Context.System);
        _origin = state.NextOrigin();
        _chunks = new Reassembly(state.Settings.MaxPacketSize, PeerLimits.ChunkPatience);
        _peers = new Peers(state.Settings.PeerWindow);
        var limits = new WindowLimits(state.Settings.PeerWindow, state.Settings.PeerQueue, state.Settings.PeerStallTimeout);
        _outbound = new Outbound(_origin, topic, Self, new OutboundContext(state.BackPressure, state.Counters, limits, Context.System.Scheduler, _log, state.Guard));
        ReceiveOutgoing();
        ReceiveOrdered();
        Receive<Gather>(OnGather);
        Receive<GatherDone>(done => _requests.Remove(done.RequestId));
        Receive<CancelGather>(OnCancel);
        Receive<Attach>(OnAttach);
        Receive<Detach>(OnDetach);
        Receive<UnknownPeerMessage>(OnUnknown);
        Receive<SubscribeAck>(_ => { });
        ReceiveGreetings();
        ReceiveMembership();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ClusterState state, MediatorBus topic) => Actor.Props.Create(() => new AdapterActor(state, topic));

    protected override void PreStart()
    {
        _state.BackPressure.End(false);
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        var events = Context.System.EventStream;
        events.Subscribe(Self, typeof(DisassociatedEvent));
        events.Subscribe(Self, typeof(AssociatedEvent));
        events.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        foreach (var adapter in _state.Adapters.Values)
            OnAttach(new Attach(adapter));
        BeginGreeting();
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

    private void OnGather(Gather gather)
    {
        var expected = _peers.Expected();
        if (expected.Count == 0)
        {
            // Those that are not confirmed yet may still hear it; nobody waits for them.
            if (gather.Request is FetchSockets)
                _state.BackPressure.Remove(gather.Size);
            else
                Send(gather.Request, gather.Size, ActorRefs.NoSender);
            gather.Gathering.Expect(expected);
            Sender.Tell(gather.Gathering.End([], []));
            return;
        }

        _state.Counters.Add(PeerCounter.Requests);
        var aggregator = Context.ActorOf(RequestAggregator.Props(gather, expected, Sender, _state.Counters, _state.Settings.MaxPacketSize));
        _requests.Add(gather.Request.RequestId, aggregator);
        Send(gather.Request, gather.Size, aggregator);
    }

    private void OnCancel(CancelGather cancel)
    {
        if (_requests.TryGetValue(cancel.RequestId, out var aggregator))
            aggregator.Tell(cancel);
    }

    /// <summary>Draws the consequences for those who are not counted on any more.</summary>
    private void SettleLosses()
    {
        while (_peers.TryTakeLoss(out var loss))
        {
            if (loss.HasEnded)
                OnEnded(loss.Origin);
            else
                OnGone(loss.Origin);
        }
    }

    private void OnGone(long origin)
    {
        _state.Counters.Add(PeerCounter.PeersGone);
        var gone = new PeerGone(origin);
        foreach (var aggregator in _requests.Values)
            aggregator.Tell(gone);
    }

    private void OnAttach(Attach attach)
    {
        var name = attach.Adapter.Name;
        // What waits for it is still taken, so that its origins know that it is done with.
        if (_namespaces.Remove(name, out var earlier))
            earlier.Tell(Retire.Instance);
        // The namespace's own name may hold anything; an actor's may not.
        var props = NamespaceActor.Props(attach.Adapter, _origin, _state.Counters, _state.Settings.MaxPacketSize);
        _namespaces.Add(name, Context.ActorOf(props, $"ns-{_namespacesMade++}"));
    }

    private void OnDetach(Detach detach)
    {
        var name = detach.Adapter.Name;
        var isPresent = !_state.Adapters.TryGetValue(name, out var present) || ReferenceEquals(present, detach.Adapter);
        if (isPresent && _namespaces.Remove(name, out var actor))
            actor.Tell(Retire.Instance);
    }

    private void OnUnknown(UnknownPeerMessage message)
    {
        _state.Counters.Add(PeerCounter.UnknownMessages);
        if (_unknownKinds.Add(message.Manifest))
            _log.Warning("A worker sent a message of kind {0}, which this version does not know; it is dropped, and so are those that follow.", message.Manifest);
    }
}
