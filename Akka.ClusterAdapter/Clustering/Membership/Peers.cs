using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>One that is not counted on any more.</summary>
/// <param name="Origin">Which life of a worker's adapter actor.</param>
/// <param name="HasEnded">True when it sends nothing more and takes no answers; false when answers from it are no longer waited for.</param>
/// <param name="Gone">The worker, when its process has ended or the cluster has given it up for ever.</param>
internal readonly record struct PeerLoss(long Origin, bool HasEnded, string? Gone = null)
{
    /// <summary>True when it has let its clients go and is about to end: whoever joins from now on hears nothing of it.</summary>
    public bool IsExiting { get; init; }
}

/// <summary>
/// The other workers as one adapter actor knows them: cluster membership, what each told in its hellos, and whether messages get through.
/// Used by that actor only.
/// </summary>
/// <param name="window">See <see cref="Peer"/>.</param>
internal sealed class Peers(long window)
{
    /// <summary>What came over a link that broke is handed on within this time; a new link takes longer (<c>retry-gate-closed-for</c>).</summary>
    private static readonly TimeSpan EchoTime = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<string, Peer> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Peer> _byOrigin = [];
    private readonly Queue<PeerLoss> _losses = [];

    /// <summary>True when there is somebody to publish to, confirmed or not; who only publishes does not count.</summary>
    public bool Any
    {
        get
        {
            foreach (var peer in _byId.Values)
            {
                if (peer.MayBeWorker)
                    return true;
            }

            return false;
        }
    }

    public IEnumerable<Peer> All => _byId.Values;

    /// <summary>Up workers that have not confirmed us or have not been confirmed.</summary>
    public IEnumerable<Peer> Missing => _byId.Values.Where(peer => peer.IsWaitedFor && !peer.IsMutual);

    /// <summary>Up members that have not told what they are.</summary>
    public IEnumerable<Peer> Strangers => _byId.Values.Where(peer => peer.Card is null && peer.IsWaitedFor);

    /// <summary>True when somebody should answer our hellos now: to become confirmed, or to show that a broken link is back.</summary>
    public bool IsAnyInDoubt => _byId.Values.Any(peer => peer.IsSuspected || (peer.IsWaitedFor && !peer.IsMutual));

    /// <summary>Who was lost by what was told here, in that order; each once.</summary>
    public bool TryTakeLoss(out PeerLoss loss) => _losses.TryDequeue(out loss);

    public Peer? OfMember(Member member) => _byId.GetValueOrDefault(IdOf(member.UniqueAddress));

    public Peer? OfOrigin(long origin) => _byOrigin.GetValueOrDefault(origin);

    /// <summary>Name of a member: its address and the random number of its process's life.</summary>
    public static string IdOf(UniqueAddress address) => $"{address.Address.Host}:{address.Address.Port}#{(uint)address.Uid}";

    /// <summary>Workers with a server that answers are expected from now, by origin.</summary>
    public Dictionary<long, string> Expected(string server)
    {
        var expected = new Dictionary<long, string>(_byId.Count);
        foreach (var peer in _byId.Values)
        {
            if (peer.IsExpected && peer.Card!.Has(server))
                expected.Add(peer.Origin, peer.WorkerId);
        }

        return expected;
    }

    /// <summary>Those that answers are expected from. First the one that has been in the cluster longest.</summary>
    public ImmutableArray<PeerInfo> Snapshot() =>
        [.. _byId.Values.Where(peer => peer.IsExpected)
            .OrderBy(peer => peer.Member!, Member.AgeOrdering)
            .Select(peer => new PeerInfo(peer.WorkerId, peer.Card!))];

    /// <summary>Those who are heard here, and can tell how far they are. Not one that stands still: all others would wait for it.</summary>
    public IEnumerable<Teller> Tellers(TimeSpan now, TimeSpan patience) =>
        _byId.Values.Where(static peer => peer.IsTelling || peer.IsLeavingUnheard).Where(peer => now - peer.LastHeard <= patience)
            .Select(static peer => new Teller(peer.Origin, peer.Card));

    /// <summary>Workers that may still have sessions.</summary>
    public IEnumerable<PeerInfo> Known() =>
        _byId.Values.Where(peer => peer.Card is { Kind: PeerKind.Worker } && !peer.IsRefused).Select(peer => new PeerInfo(peer.WorkerId, peer.Card!));

    /// <summary>The cluster's membership says something about a worker.</summary>
    public void SeeMember(Member member, TimeSpan now)
    {
        var id = IdOf(member.UniqueAddress);
        if (member.Status is MemberStatus.Down or MemberStatus.Removed)
        {
            Remove(id);
            return;
        }

        RemoveEarlierLives(member.UniqueAddress);
        var peer = GetOrAdd(id, now);
        peer.Address = member.Address;
        if (peer.Member?.Status != MemberStatus.Up && member.Status == MemberStatus.Up)
            peer.Since = now;
        peer.Member = member;
        if (member.Status is MemberStatus.Leaving or MemberStatus.Exiting)
            StopExpecting(peer);
        if (member.Status == MemberStatus.Exiting)
            _losses.Enqueue(new PeerLoss(peer.Origin, HasEnded: false) { IsExiting = true });
    }

    public void SeeReachable(Member member, bool reachable)
    {
        if (!_byId.TryGetValue(IdOf(member.UniqueAddress), out var peer))
            return;
        peer.IsUnreachable = !reachable;
        if (!reachable)
            StopExpecting(peer);
    }

    /// <summary>A worker's hello came through the topic.</summary>
    public Peer Greet(Hello hello, TimeSpan now)
    {
        var peer = GetOrAdd(hello.WorkerId, now);
        if (!TryTakeOrigin(peer, hello.Origin))
            return peer;
        if (peer.Generation != hello.Generation)
            peer.Reconfirm(hello.Generation);
        peer.Card = hello.Card;
        if (hello.Window > 0)
            peer.Stream.SetWindow(hello.Window);
        peer.IsLeaving |= hello.IsLeaving;
        Hear(peer, now);
        return peer;
    }

    /// <summary>A worker has heard a hello of ours.</summary>
    public void Confirm(HelloReply reply, TimeSpan now)
    {
        var peer = GetOrAdd(reply.WorkerId, now);
        if (!TryTakeOrigin(peer, reply.Origin))
            return;
        Hear(peer, now);
        peer.Card = reply.Card;
        // A reply that was sent before its worker lost its subscription may come after the hello that says so.
        if (peer.IsRefused || reply.Generation < peer.Generation)
            return;
        peer.Generation = reply.Generation;
        peer.HearsUs = true;
        peer.IsConfirmed = true;
        peer.ConfirmsUs = reply.ConfirmsReceiver;
    }

    /// <summary>A member has told, being asked, that it is no worker; such members greet workers only.</summary>
    public void SeeGuest(WorkerStatus status)
    {
        if (status.Card.Kind != PeerKind.Worker && _byId.TryGetValue(status.WorkerId, out var peer))
            peer.Card ??= status.Card;
    }

    /// <summary>This worker's own subscription is new: nobody reaches it until proven again.</summary>
    public void ForgetConfirmations()
    {
        foreach (var peer in _byId.Values)
            peer.ConfirmsUs = peer.HearsUs = false;
    }

    /// <summary>The link to an address broke; true when a peer lives there.</summary>
    public bool Suspect(Address address, TimeSpan now)
    {
        var any = false;
        foreach (var peer in _byId.Values.Where(peer => address.Equals(peer.Address) && !peer.IsLost))
        {
            peer.SuspectedAt ??= now;
            any = true;
        }

        return any;
    }

    /// <summary>True when the link to this address broke a moment ago and its worker has not been heard since.</summary>
    public bool IsAnySuspected(Address address) => _byId.Values.Any(peer => peer.IsSuspected && address.Equals(peer.Address));

    /// <summary>The link to an address did not come back in time; yields those that were lost.</summary>
    public List<Peer> LoseSuspects(Address address)
    {
        var lost = _byId.Values.Where(peer => peer.IsSuspected && address.Equals(peer.Address)).ToList();
        foreach (var peer in lost)
        {
            peer.SuspectedAt = null;
            peer.IsLost = true;
            StopExpecting(peer);
        }

        return lost;
    }

    public void Refuse(Peer peer)
    {
        peer.IsRefused = true;
        StopExpecting(peer);
    }

    /// <summary>Forgets those that said hello but never became members.</summary>
    public void Sweep(TimeSpan now, TimeSpan patience)
    {
        foreach (var peer in _byId.Values.Where(peer => peer.Member is null && now - peer.LastHeard > patience).ToList())
            Remove(peer.WorkerId);
    }

    public void Remove(string id)
    {
        if (!_byId.Remove(id, out var peer))
            return;
        End(peer, id);
    }

    /// <summary>A new process on the address of another one: that one is dead, whatever the cluster still thinks.</summary>
    private void RemoveEarlierLives(UniqueAddress address)
    {
        foreach (var earlier in _byId.Values.Where(peer => peer.Member is { } member
            && member.Address.Equals(address.Address) && member.UniqueAddress.Uid != address.Uid).ToList())
            Remove(earlier.WorkerId);
    }

    /// <summary>It lives, and the link stands: unless what was heard was on its way already when the link broke.</summary>
    private static void Hear(Peer peer, TimeSpan now)
    {
        peer.LastHeard = now;
        if (now - peer.SuspectedAt < EchoTime)
            return;
        peer.SuspectedAt = null;
        peer.IsLost = false;
    }

    private Peer GetOrAdd(string id, TimeSpan now)
    {
        if (!_byId.TryGetValue(id, out var peer))
            _byId.Add(id, peer = new Peer(id, window) { Since = now, LastHeard = now });
        return peer;
    }

    /// <summary>False for a word of an earlier life of the worker's adapter actor that comes late: it says nothing about the present one.</summary>
    private bool TryTakeOrigin(Peer peer, long origin)
    {
        if (peer.Origin == origin)
            return true;
        if (ClusterState.IsEarlierLife(origin, peer.Origin))
            return false;
        End(peer);
        peer.BeginLife(origin);
        _byOrigin[origin] = peer;
        return true;
    }

    private void End(Peer peer, string? gone = null)
    {
        StopExpecting(peer);
        if (_byOrigin.Remove(peer.Origin))
            _losses.Enqueue(new PeerLoss(peer.Origin, HasEnded: true, gone));
    }

    private void StopExpecting(Peer peer)
    {
        if (peer.IsConfirmed)
            _losses.Enqueue(new PeerLoss(peer.Origin, HasEnded: false));
        peer.IsConfirmed = peer.HearsUs = peer.ConfirmsUs = false;
    }
}
