using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering.Seeds;
using Akka.ClusterAdapter.Diagnostics;
using Akka.Event;
using Akka.Remote;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>
/// Keeps a cluster from becoming two. A seed node that is started again knows nobody and would found a second cluster beside that of those who go on
/// without it. So members tell a seed node that is missing, or may be another process than a moment ago, that they are there, and a seed node that may
/// found a cluster listens for a moment before it does. Where there are two all the same, both say so, and one gives way.
/// </summary>
internal sealed class IslandWatch : ReceiveActor, IWithTimers
{
    public const string ActorName = "socketio-cluster";

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    // A member that joins is heard by some before all know it.
    private static readonly TimeSpan Certain = TimeSpan.FromSeconds(5);

    /// <summary>How long after a broken link another process may be at the address: then it is missing, or unreachable.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(30);

    private readonly SeedAddresses _seeds;
    private readonly Guard _guard;
    private readonly Action<string?> _seen;
    private readonly Action<string> _giveWay;
    private readonly AkkaCluster _cluster = AkkaCluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<UniqueAddress, Sighting> _sightings = [];
    private readonly HashSet<Address> _asked = [];
    private readonly Dictionary<Address, TimeSpan> _broken = [];
    private (Address Address, int Members)? _heard;
    private bool _isListening;
    private bool _isTold;

    public IslandWatch(SeedAddresses seeds, Guard guard, Action<string?> seen, Action<string> giveWay)
    {
        (_seeds, _guard, _seen, _giveWay) = (seeds, guard, seen, giveWay);
        Receive<ClusterHere>(OnHere);
        Receive<Tick>(_ => OnTick());
        Receive<PortAsked>(OnPortAsked);
        Receive<Listened>(_ => OnListened());
        Receive<DisassociatedEvent>(broken => _broken[broken.RemoteAddress] = Now, broken => _seeds.Addresses.Contains(broken.RemoteAddress));
    }

    /// <summary>How long a seed node that may found a cluster listens before it does.</summary>
    public static TimeSpan Listening { get; } = TimeSpan.FromSeconds(2);

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private bool HasJoined => _cluster.SelfMember.Status is MemberStatus.Up or MemberStatus.WeaklyUp;

    private int Members => _cluster.State.Members.Count(member => member.Status is MemberStatus.Up or MemberStatus.WeaklyUp);

    public static Props Props(SeedAddresses seeds, Guard guard, Action<string?> seen, Action<string> giveWay) =>
        Actor.Props.Create(() => new IslandWatch(seeds, guard, seen, giveWay));

    protected override void PreStart()
    {
        Watch();
        if (!_seeds.AreOurs)
            return;
        _isListening = _seeds.Addresses[0].Equals(_cluster.SelfAddress);
        if (_isListening)
            Timers.StartSingleTimer(Listened.Instance, Listened.Instance, Listening);
        else
            _cluster.JoinSeedNodes(_seeds.Addresses);
    }

    // Restarted it would join a second time.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
        // Unless it was restarted before it had joined a first time.
        if (_cluster.SelfMember.Status == MemberStatus.Removed)
            PreStart();
        else
            Watch();
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    private void Watch()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, Beat);
    }

    private bool IsMember(Address address) => _cluster.State.Members.Any(member => member.Address.Equals(address));

    private bool IsMember(UniqueAddress life) => _cluster.State.Members.Any(member => member.UniqueAddress.Equals(life));

    private void OnTick()
    {
        foreach (var gone in _sightings.Where(entry => IsMember(entry.Key) || Now - entry.Value.Last > Certain).ToList())
            _sightings.Remove(gone.Key);
        if (_sightings.Count == 0 && _isTold)
        {
            _isTold = false;
            _seen(null);
        }

        if (!HasJoined)
            return;
        // An attempt at a port where nobody listens would be a line in the log each time.
        foreach (var seed in _seeds.Addresses.Where(seed => IsInDoubt(seed) && _asked.Add(seed)))
            _guard.Observe("port", RefusedPort.IsOpenAsync(seed).PipeTo(Self, success: isOpen => new PortAsked(seed, isOpen)));
    }

    private bool IsInDoubt(Address seed) => !seed.Equals(_cluster.SelfAddress)
        && (!IsMember(seed) || _cluster.State.Unreachable.Any(member => member.Address.Equals(seed))
            || (_broken.TryGetValue(seed, out var since) && Now - since < Doubt));

    private void OnPortAsked(PortAsked asked)
    {
        _asked.Remove(asked.Seed);
        if (asked.IsOpen && HasJoined)
            Context.ActorSelection(new RootActorPath(asked.Seed) / "user" / ActorName).Tell(Here(wantsAnswer: true));
    }

    private ClusterHere Here(bool wantsAnswer) => new(_cluster.SelfAddress.ToString(), _cluster.SelfUniqueAddress.Uid, Members, wantsAnswer);

    private void OnHere(ClusterHere here)
    {
        if (!ActorPath.TryParseAddress(here.Address, out var address) || !address.HasGlobalScope)
            return;
        var there = new UniqueAddress(address, here.Life);
        if (_isListening)
            Remember(address, here.Members);
        else if (HasJoined && !IsMember(there))
            OnIsland(here, there);
    }

    private void Remember(Address there, int members)
    {
        if (_heard is null)
            Timers.StartSingleTimer(Listened.Instance, Listened.Instance, Settle);
        if (_heard is not { } heard || heard.Members < members)
            _heard = (there, members);
    }

    private void OnListened()
    {
        if (!_isListening)
            return;
        _isListening = false;
        if (_heard is { } heard)
            _log.Info("A cluster goes on without this seed node: it joins that one, by {0}.", heard.Address);
        _cluster.JoinSeedNodes(_heard is { } there ? [there.Address, .. _seeds.Addresses.Where(seed => !seed.Equals(_cluster.SelfAddress))] : _seeds.Addresses);
    }

    private void OnIsland(ClusterHere here, UniqueAddress there)
    {
        if (here.WantsAnswer)
            Sender.Tell(Here(wantsAnswer: false));
        var first = _sightings.TryGetValue(there, out var earlier) ? earlier.First : Now;
        _sightings[there] = new Sighting(first, Now);
        if (Now - first >= Certain)
            Decide(there.Address, here.Members);
    }

    private void Decide(Address there, int theirs)
    {
        // The member that was at this address has another process for a successor, and has had for a while: it is dead.
        if (IsMember(there))
        {
            _cluster.Down(there);
            return;
        }

        // A partition: the split-brain resolver decides about that, and a member on the wrong side of it may hear what is no proof.
        if (!_cluster.State.Unreachable.IsEmpty)
            return;
        var mine = Members;
        var what = $"There are two clusters of this name: one with {there} ({theirs} member(s)), and this worker's ({mine}). "
            + "Messages do not get from one to the other.";
        if (IslandRule.GivesWay(_seeds, _cluster.SelfAddress, there, mine, theirs, address => IsMember(address)))
        {
            _giveWay($"{what} This one gives way and must be started anew.");
            Context.Stop(Self);
            return;
        }

        if (_isTold)
            return;
        _isTold = true;
        var remedy = $"{what} Start the workers of one of them anew; give every member the same list of at least two seed nodes, in {SeedAddresses.Path} "
            + $"rather than {SeedAddresses.AkkasPath}.";
        _log.Warning("{0}", remedy);
        _seen(remedy);
    }

    private readonly record struct Sighting(TimeSpan First, TimeSpan Last);

    private sealed record PortAsked(Address Seed, bool IsOpen) : IAdapterCommand;

    private sealed class Tick : IAdapterCommand
    {
        public static readonly Tick Instance = new();
    }

    private sealed class Listened : IAdapterCommand
    {
        public static readonly Listened Instance = new();
    }
}
