using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.Util;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>What a broken link, and what is heard after it, say about a worker.</summary>
public sealed class PeersTests
{
    private const string Old = "127.0.0.1:8110#1";
    private const string New = "127.0.0.1:8110#2";
    private static readonly Address There = new("akka.tcp", "sio", "127.0.0.1", 8110);
    private static readonly PeerCard Card = new() { Parser = "json", FrameSize = 256_000 };

    private readonly Peers _peers = new(window: 4);
    private TimeSpan _now = TimeSpan.FromSeconds(100);

    [Fact]
    public void A_worker_that_says_hello_over_a_new_link_is_trusted_again()
    {
        Confirm(Old, origin: 1);
        _peers.Suspect(There, _now);

        Pass(600);
        Hear(Old, origin: 1);

        Assert.Empty(_peers.LoseSuspects(There));
        Assert.Empty(Gone());
    }

    [Fact]
    public void What_was_on_its_way_when_the_link_broke_proves_nothing()
    {
        Confirm(Old, origin: 1);
        _peers.Suspect(There, _now);

        Pass(50);
        Hear(Old, origin: 1);
        Confirm(Old, origin: 1);

        Assert.Equal([Old], _peers.LoseSuspects(There).Select(peer => peer.WorkerId));
        Assert.Equal([1L], Gone());
    }

    [Fact]
    public void A_new_process_on_the_same_address_does_not_speak_for_the_old_one()
    {
        Confirm(Old, origin: 1);
        _peers.Suspect(There, _now);

        Pass(600);
        Confirm(New, origin: 2);

        Assert.True(_peers.IsAnySuspected(There));
        Assert.Equal([Old], _peers.LoseSuspects(There).Select(peer => peer.WorkerId));
        Assert.Equal([1L], Gone());
    }

    [Fact]
    public void The_first_of_several_breaks_counts()
    {
        Confirm(Old, origin: 1);
        _peers.Suspect(There, _now);

        Pass(150);
        _peers.Suspect(There, _now);
        Pass(100);
        Hear(Old, origin: 1);

        Assert.False(_peers.IsAnySuspected(There));
    }

    [Fact]
    public void A_late_reply_of_an_earlier_life_does_not_speak_for_the_present_one()
    {
        const long Life = 0x7_0000;
        Confirm(Old, origin: Life | 1);
        Confirm(Old, origin: Life | 2);
        Gone();

        _peers.Confirm(new HelloReply(Life | 1, Old, Card), _now);
        Hear(Old, origin: Life | 1);

        Assert.Empty(Gone());
        Assert.Equal(Life | 2, _peers.OfOrigin(Life | 2)?.Origin);
        Assert.Null(_peers.OfOrigin(Life | 1));
    }

    [Fact]
    public void The_number_of_lives_begins_anew()
    {
        const long Life = 0x7_0000;
        Confirm(Old, origin: Life | 0xFFFF);

        Confirm(Old, origin: Life);

        Assert.NotNull(_peers.OfOrigin(Life));
        Assert.Null(_peers.OfOrigin(Life | 0xFFFF));
    }

    // What it sends last may come to others, and a client that comes from there may miss it here.
    [Fact]
    public void One_that_leaves_and_was_never_heard_is_waited_for_until_it_is_gone_and_not_for_ever()
    {
        var patience = TimeSpan.FromSeconds(10);
        _peers.SeeMember(Member(MemberStatus.Up), _now);
        Assert.Empty(_peers.Tellers(_now, patience));

        _peers.SeeMember(Member(MemberStatus.Exiting), _now);

        Assert.Equal([new Teller(0, null)], _peers.Tellers(_now, patience));
        Assert.Empty(_peers.Tellers(_now + patience + patience, patience));
        _peers.SeeMember(Member(MemberStatus.Removed), _now);
        Assert.Empty(_peers.Tellers(_now, patience));
    }

    [Fact]
    public void One_that_leaves_and_was_heard_is_not_waited_for()
    {
        _peers.SeeMember(Member(MemberStatus.Up), _now);
        Confirm(Old, origin: 1);
        _peers.OfOrigin(1)!.Stream.Align(7);
        Assert.Equal([1L], _peers.Tellers(_now, TimeSpan.FromSeconds(10)).Select(static teller => teller.Origin));

        _peers.SeeMember(Member(MemberStatus.Exiting), _now);

        Assert.Empty(_peers.Tellers(_now, TimeSpan.FromSeconds(10)));
    }

    private static Member Member(MemberStatus status) => Create(null, new UniqueAddress(There, 1), 1, status, ["socketio"], AppVersion.Zero);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod)]
    private static extern Member Create(
        Member? of, UniqueAddress address, int number, MemberStatus status, ImmutableHashSet<string> roles, AppVersion version);

    private List<long> Gone()
    {
        var gone = new List<long>();
        while (_peers.TryTakeLoss(out var loss))
        {
            if (!loss.HasEnded)
                gone.Add(loss.Origin);
        }

        return gone;
    }

    private void Pass(int milliseconds) => _now += TimeSpan.FromMilliseconds(milliseconds);

    private void Hear(string worker, long origin) => _peers.Greet(new Hello(origin, worker, Card), _now).Address = There;

    private void Confirm(string worker, long origin)
    {
        Hear(worker, origin);
        _peers.Confirm(new HelloReply(origin, worker, Card), _now);
    }
}
