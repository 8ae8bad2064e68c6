using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>Follows the cluster's membership and asks each worker how it is.</summary>
internal sealed class WorkerWatchActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan UrgentInterval = TimeSpan.FromMilliseconds(100);

    // A worker that is held up answers late; one that has stopped does not answer at all.
    private const int MostUnanswered = 3;

    private readonly WorkerWatch _watch;
    private readonly ClusterAdapterSettings _settings;
    private readonly AkkaCluster _cluster = AkkaCluster.Get(Context.System);
    private readonly Dictionary<string, Entry> _workers = new(StringComparer.Ordinal);

    public WorkerWatchActor(WorkerWatch watch, ClusterAdapterSettings settings)
    {
        _watch = watch;
        _settings = settings;
        Receive<ClusterEvent.MemberDowned>(downed => Remove(downed.Member));
        Receive<ClusterEvent.MemberRemoved>(removed => Remove(removed.Member));
        Receive<ClusterEvent.IMemberEvent>(changed => See(changed.Member));
        Receive<ClusterEvent.UnreachableMember>(unreachable => SeeReachable(unreachable.Member, false));
        Receive<ClusterEvent.ReachableMember>(reachable => SeeReachable(reachable.Member, true));
        Receive<WorkerStatus>(OnStatus);
        Receive<Tick>(_ => OnTick());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(WorkerWatch watch, ClusterAdapterSettings settings) => Actor.Props.Create(() => new WorkerWatchActor(watch, settings));

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        OnTick();
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _watch.Workers = [];
    }

    private void See(Member member)
    {
        if (!member.HasRole(_settings.Role))
            return;
        var id = Peers.IdOf(member.UniqueAddress);
        if (_workers.ContainsKey(id))
            return;
        // A new process on an address: the one that was there is gone.
        foreach (var earlier in _workers.Where(worker => worker.Value.Address.Equals(member.Address)).ToList())
            _workers.Remove(earlier.Key);
        _workers.Add(id, new Entry(new WatchedWorker(id), member.Address));
        Publish();
        OnTick();
    }

    private void SeeReachable(Member member, bool reachable)
    {
        if (_workers.TryGetValue(Peers.IdOf(member.UniqueAddress), out var entry))
            entry.Worker.IsReachable = reachable;
    }

    private void Remove(Member member)
    {
        if (_workers.Remove(Peers.IdOf(member.UniqueAddress)))
            Publish();
    }

    private void OnStatus(WorkerStatus status)
    {
        if (!_workers.TryGetValue(status.WorkerId, out var entry))
            return;
        entry.Unanswered = 0;
        entry.Worker.Report(status);
        // An emitter has the role, and no sessions. It may become a worker some day.
        var isGuest = status.Card.Kind != PeerKind.Worker;
        if (entry.IsGuest == isGuest)
            return;
        entry.IsGuest = isGuest;
        Publish();
    }

    private void OnTick()
    {
        var isUrgent = false;
        foreach (var entry in _workers.Values)
        {
            if (++entry.Unanswered > MostUnanswered)
                entry.Worker.Doubt();
            entry.Worker.Ask();
            isUrgent |= !entry.Worker.IsKnown && !entry.IsGuest;
            Context.ActorSelection(new RootActorPath(entry.Address) / "user" / ClusterAdapterExtension.ActorName).Tell(StatusRequest.Instance, Self);
        }

        Timers.StartSingleTimer(Tick.Instance, Tick.Instance, isUrgent && UrgentInterval < _settings.BeatInterval ? UrgentInterval : _settings.BeatInterval);
    }

    private void Publish() => _watch.Workers = [.. _workers.Values.Where(entry => !entry.IsGuest).Select(entry => entry.Worker)];

    private sealed class Entry(WatchedWorker worker, Address address)
    {
        public WatchedWorker Worker { get; } = worker;

        public Address Address { get; } = address;

        public int Unanswered { get; set; }

        /// <summary>It has told that it is no worker.</summary>
        public bool IsGuest { get; set; }
    }

    private sealed class Tick : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Tick Instance = new();
    }
}
