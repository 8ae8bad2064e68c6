using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
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
    private readonly IPeerBus _bus;
    private readonly AkkaCluster _cluster;
    private readonly Peers _peers;
    private readonly long _origin;
    private readonly Outbox _outbox;
    private readonly Reassembly _chunks;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, IActorRef> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<long, IActorRef> _requests = [];
    private readonly HashSet<string> _unknownKinds = new(StringComparer.Ordinal);
    private long _sequence;
    private int _namespacesMade;

    public AdapterActor(ClusterState state, IPeerBus bus)
    {
        _state = state;
        _bus = bus;
        _cluster = AkkaCluster.Get(Context.System);
        _origin = state.NextOrigin();
        _chunks = new Reassembly(state.Settings.MaxPacketSize, PeerLimits.ChunkPatience, OnPacketLost);
        _peers = new Peers(OnGone, _chunks.Forget);
        _outbox = new Outbox(_origin, Publish);
        Receive<Outgoing>(outgoing => Send(outgoing.Message, outgoing.Size, ActorRefs.NoSender));
        Receive<NextChunk>(_ => OnNextChunk());
        Receive<OrderedMessage>(OnOrdered);
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

    public static Props Props(ClusterState state, IPeerBus bus) => Actor.Props.Create(() => new AdapterActor(state, bus));

    protected override void PreStart()
    {
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
        _cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
        _state.HasPeers = false;
        _state.Peers = [];
    }

    private void Send(OrderedMessage message, int size, IActorRef? sender)
    {
        if (!_peers.Any)
            return;
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
        message.Stamp(_origin, ++_sequence);
        _state.Counters.Add(PeerCounter.Published);
        _bus.Publish(message, sender);
    }

    private void OnOrdered(OrderedMessage message)
    {
        // The topic loops back; what this worker has to do itself was done before the message left.
        if (_state.IsOwn(message.Origin))
            return;
        _state.Counters.Add(PeerCounter.Received);
        if (!Accept(message))
            return;
        if (message is PacketChunk chunk)
        {
            Assemble(chunk);
            return;
        }

        _chunks.Interrupt(message.Origin, message.Namespace);
        Route(message);
    }

    private void Assemble(PacketChunk part)
    {
        if (_chunks.Add(part.Origin, part.Namespace, part.Chunk, Now) is not { } bytes)
            return;
        try
        {
            if (PeerMessageSerializer.Read(bytes, part.Chunk.Manifest) is OrderedMessage whole and not PacketChunk)
                Route(whole);
            else
                OnUnknown(new UnknownPeerMessage(part.Chunk.Manifest, bytes));
        }
        catch (SerializationException malformed)
        {
            _state.Counters.Add(PeerCounter.UnknownMessages);
            _log.Error(malformed, "A packet of worker {0} that came in chunks cannot be read.", NameOf(part.Origin));
        }
    }

    private void OnPacketLost(long origin, string @namespace, int size, ReassemblyError error)
    {
        _state.Counters.Add(error == ReassemblyError.TooLarge ? PeerCounter.TooLarge : PeerCounter.Incomplete);
        if (error == ReassemblyError.TooLarge)
            _log.Error("A packet of {0} bytes from worker {1} for namespace {2} is dropped: it is larger than akka.cluster-adapter.max-packet-size here ({3}). Set the same on every worker.", size, NameOf(origin), @namespace, _state.Settings.MaxPacketSize);
        else
            _log.Error("A packet of {0} bytes from worker {1} for namespace {2} is lost: a part of it never arrived.", size, NameOf(origin), @namespace);
    }

    private string NameOf(long origin) => _peers.OfOrigin(origin)?.WorkerId ?? "of unknown name";

    private void Route(OrderedMessage message)
    {
        if (_namespaces.TryGetValue(message.Namespace, out var actor))
        {
            actor.Forward(message);
            return;
        }

        _state.Counters.Add(PeerCounter.UnknownNamespace);
        if (NamespaceActor.Nothing(message, _origin) is { } nothing)
            Sender.Tell(nothing, ActorRefs.NoSender);
    }

    /// <summary>Checks a message's place. Who has not said hello yet (or never will, an emitter) is not counted.</summary>
    private bool Accept(OrderedMessage message)
    {
        if (_peers.OfOrigin(message.Origin) is not { } peer)
            return true;
        if (peer.IsRefused)
        {
            _state.Counters.Add(PeerCounter.FromRefused);
            return false;
        }

        if (!peer.TryAdvance(message.Sequence, out var missing))
        {
            _state.Counters.Add(PeerCounter.Duplicates);
            return false;
        }

        CountGap(peer, missing);
        return true;
    }

    private void CountGap(Peer peer, long missing)
    {
        if (missing == 0)
            return;
        _state.Counters.Add(PeerCounter.Gaps, missing);
        _log.Error("{0} message(s) of worker {1} never arrived.", missing, peer.WorkerId);
    }

    private void OnGather(Gather gather)
    {
        var expected = _peers.Expected();
        if (expected.Count == 0)
        {
            // Those that are not confirmed yet may still hear it; nobody waits for them.
            if (gather.Request is not FetchSockets)
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
        if (_namespaces.Remove(name, out var earlier))
            Context.Stop(earlier);
        // The namespace's own name may hold anything; an actor's may not.
        var props = NamespaceActor.Props(attach.Adapter, _origin, _state.Counters, _state.Settings.MaxPacketSize);
        _namespaces.Add(name, Context.ActorOf(props, $"ns-{_namespacesMade++}"));
    }

    private void OnDetach(Detach detach)
    {
        var name = detach.Adapter.Name;
        var isPresent = !_state.Adapters.TryGetValue(name, out var present) || ReferenceEquals(present, detach.Adapter);
        if (isPresent && _namespaces.Remove(name, out var actor))
            Context.Stop(actor);
    }

    private void OnUnknown(UnknownPeerMessage message)
    {
        _state.Counters.Add(PeerCounter.UnknownMessages);
        if (_unknownKinds.Add(message.Manifest))
            _log.Warning("A worker sent a message of kind {0}, which this version does not know; it is dropped, and so are those that follow.", message.Manifest);
    }

    private sealed class NextChunk : IAdapterCommand
    {
        public static readonly NextChunk Instance = new();
    }
}
