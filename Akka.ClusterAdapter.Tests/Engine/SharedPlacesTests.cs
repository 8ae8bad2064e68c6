using System.Globalization;
using System.Net;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>Places of clients that have joined nothing: nobody can shut the others out by taking them.</summary>
public sealed class SharedPlacesTests
{
    private static readonly IPAddress Attacker = IPAddress.Parse("203.0.113.66");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Whoever_takes_all_places_gives_its_oldest_to_each_that_comes_from_elsewhere()
    {
        var admission = Admission(10);
        var taken = Enumerable.Range(0, 10).Select(_ => Enter(admission, Attacker)).ToArray();

        var first = admission.TryEnter(Address(1));
        var second = admission.TryEnter(Address(2));

        Assert.NotNull(first.Place);
        Assert.Same(taken[0], first.GivesWay);
        Assert.Same(taken[1], second.GivesWay);
        Assert.True(taken[0].IsEvicted);
    }

    [Fact]
    public void It_gets_none_of_theirs_and_hears_that_its_own_address_is_why()
    {
        var admission = Admission(10);
        for (var i = 0; i < 7; i++)
            Enter(admission, Attacker);
        for (var i = 0; i < 3; i++)
            Enter(admission, Address(i));

        var more = admission.TryEnter(Attacker);

        Assert.Null(more.Place);
        Assert.Null(more.GivesWay);
        Assert.True(more.IsOfAddress);
        Assert.Equal("address-unconnected", more.Reason);
    }

    [Fact]
    public void A_place_for_nothing_is_kept_for_five_seconds_when_others_need_it()
    {
        var admission = Admission(10);
        var oldest = Enter(admission, Address(0));
        for (var i = 1; i < 10; i++)
            Enter(admission, Address(i));

        var early = admission.TryEnter(Address(99));
        _time.Advance(Akka.ClusterAdapter.Engine.Limits.Admission.Tenure);
        var late = admission.TryEnter(Address(99));

        Assert.Null(early.Place);
        Assert.False(early.IsOfAddress);
        Assert.Equal("max-unconnected", early.Reason);
        Assert.NotNull(late.Place);
        Assert.Same(oldest, late.GivesWay);
    }

    [Fact]
    public void Whoever_takes_the_place_of_its_own_only_session_has_it()
    {
        var admission = new Admission(new SocketIOOptions { MaxSessions = 1 }, _time);
        var first = Enter(admission, Attacker);
        _time.Advance(TimeSpan.FromSeconds(5));

        var second = admission.TryEnter(Attacker);

        Assert.Same(first, second.GivesWay);
        Assert.NotNull(second.Place);
        Assert.Equal(1, admission.Count);
        admission.Leave(second.Place);
        Assert.Equal(0, admission.Count);
        Assert.NotNull(admission.TryEnter(Address(1)).Place);
    }

    [Fact]
    public void Where_all_have_the_proxys_address_the_five_seconds_still_help_them()
    {
        var admission = Admission(10);
        for (var i = 0; i < 10; i++)
            Enter(admission, IPAddress.Loopback);
        Assert.Null(admission.TryEnter(IPAddress.Loopback).Place);

        _time.Advance(Akka.ClusterAdapter.Engine.Limits.Admission.Tenure);

        Assert.All(Enumerable.Range(0, 10), _ => Enter(admission, IPAddress.Loopback));
    }

    [Fact]
    public void Who_has_joined_keeps_its_place()
    {
        var admission = Admission(10);
        for (var i = 0; i < 10; i++)
            Enter(admission, Attacker).Settle();
        for (var i = 0; i < 10; i++)
            Enter(admission, Address(i));
        _time.Advance(TimeSpan.FromHours(1));

        var given = Enumerable.Range(0, 10).Select(_ => admission.TryEnter(Address(99)).GivesWay).ToArray();

        Assert.DoesNotContain(given, place => place?.Address == Attacker);
    }

    [Fact]
    public void All_sessions_taken_and_nothing_done_with_them_shuts_nobody_out_either()
    {
        var admission = new Admission(new SocketIOOptions { MaxSessions = 10 }, _time);
        for (var i = 0; i < 10; i++)
            Enter(admission, Attacker);

        Assert.Equal("address-unconnected", admission.TryEnter(Attacker).Reason);
        Enter(admission, Address(1)).Settle();
        for (var i = 2; i < 10; i++)
            Enter(admission, Address(i)).Settle();

        // One of the attacker's is left: no more than an honest client may have.
        Assert.Equal("max-sessions", admission.TryEnter(Address(10)).Reason);
    }

    [Fact]
    public void The_counts_are_exact_whatever_comes_and_goes()
    {
        var random = new Random(1);
        var admission = new Admission(new SocketIOOptions { MaxUnconnectedClients = 50, MaxSessions = 120 }, _time);
        var inside = new List<Place>();
        for (var i = 0; i < 20_000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(100)));
            var result = admission.TryEnter(Address(random.Next(8) == 0 ? random.Next(200) : random.Next(3)));
            if (result.GivesWay is { } gone)
                Assert.True(inside.Remove(gone));
            if (result.Place is { } place)
                inside.Add(place);
            Assert.InRange(inside.Count, 0, 120);
            Assert.InRange(inside.Count(each => each.InAll.List is not null), 0, 50);
            if (inside.Count > 0 && random.Next(2) == 0)
                inside[random.Next(inside.Count)].Settle();
            if (inside.Count > 0 && random.Next(3) == 0)
                Leave(inside, random.Next(inside.Count));
        }

        while (inside.Count > 0)
            Leave(inside, 0);
        Assert.Equal(0, admission.Count);
    }

    private static void Leave(List<Place> inside, int index)
    {
        inside[index].Leave();
        inside[index].Leave();
        inside[index].Settle();
        inside.RemoveAt(index);
    }

    private static Place Enter(Admission admission, IPAddress address)
    {
        var place = admission.TryEnter(address).Place;
        Assert.NotNull(place);
        return place;
    }

    private static IPAddress Address(int number) => IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"198.51.100.{number}"));

    private Admission Admission(int unconnected) => new(new SocketIOOptions { MaxUnconnectedClients = unconnected }, _time);
}
