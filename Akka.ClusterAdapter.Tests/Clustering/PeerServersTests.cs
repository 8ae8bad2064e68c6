using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>How named servers stand in what workers tell each other, beside workers that know of none.</summary>
public sealed class PeerServersTests
{
    private static readonly Dictionary<string, int> NoSizes = [];

    [Fact]
    public void A_worker_with_the_unnamed_server_alone_writes_what_it_always_did()
    {
        Assert.Equal("", PeerServers.Write(new Dictionary<string, string> { [""] = "json" }, NoSizes));
        Assert.Equal("/chat", ServerName.Wire(ServerName.Unnamed, "/chat"));
    }

    [Theory]
    [InlineData("/chat", "")]
    [InlineData("admin/", "admin")]
    [InlineData("admin/chat/x", "admin")]
    [InlineData("nothing", "")]
    public void A_name_between_workers_says_whose_namespace_it_is(string wire, string server) => Assert.Equal(server, ServerName.OfWire(wire));

    [Fact]
    public void Servers_their_parsers_and_limits_cross_and_equal_cards_are_equal()
    {
        var parsers = new Dictionary<string, string> { ["jobs"] = "a parser;with 1", ["admin"] = "json" };
        var card = new PeerCard { Parser = "json", Servers = PeerServers.Write(parsers, new Dictionary<string, int> { ["admin"] = 5_000 }) };

        var back = Cross(card);

        Assert.Equal(card, back);
        Assert.Equal((false, true, true, false), (back.Has(""), back.Has("admin"), back.Has("jobs"), back.Has("job")));
        Assert.Equal(
            ("json", "a parser;with 1", null),
            (PeerServers.ParserOf(back.Servers, "admin"), PeerServers.ParserOf(back.Servers, "jobs"), PeerServers.ParserOf(back.Servers, "x")));
        Assert.Equal((5_000, 0), (PeerServers.MaxPayloadOf(back.Servers, "admin"), PeerServers.MaxPayloadOf(back.Servers, "jobs")));
        Assert.True(Cross(new PeerCard { Servers = PeerServers.Write(new Dictionary<string, string> { [""] = "json", ["admin"] = "json" }, NoSizes) }).Has(""));
    }

    [Fact]
    public void A_card_of_a_worker_that_knows_of_no_named_servers_has_the_unnamed_one_only()
    {
        var old = Cross(new PeerCard { Parser = "json" });

        Assert.True(old.Has(""));
        Assert.False(old.Has("admin"));
    }

    [Theory]
    [InlineData("-;admin json 0", "", false)]
    [InlineData("admin json 0", "admin msgpack 0", true)]
    [InlineData("admin json 0", "jobs msgpack 0", false)]
    public void Servers_of_one_name_use_one_parser(string mine, string theirs, bool isConflict)
    {
        var here = new PeerCard { Parser = "json", Servers = mine };
        var there = new PeerCard { Parser = mine.StartsWith('-') ? "msgpack" : "json", Servers = theirs };

        Assert.Equal(isConflict, there.ConflictWith(here) is not null);
    }

    private static PeerCard Cross(PeerCard card)
    {
        var system = ActorSystem.Create("cards");
        var serializer = new PeerMessageSerializer((ExtendedActorSystem)system);
        var bytes = serializer.ToBinary(new HelloReply(1, "w", card));
        var back = (HelloReply)serializer.FromBinary(bytes, HelloReply.Kind);
        system.Terminate();
        return back.Card;
    }
}
