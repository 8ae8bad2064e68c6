using System.Net;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Seeds;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class SeedListTests
{
    [Fact]
    public void All_members_see_the_same_order()
    {
        string[][] answers = [["10.0.0.10", "10.0.0.9", "9.255.0.1"], ["10.0.0.9", "9.255.0.1", "10.0.0.10"]];

        var lists = answers.Select(answer => Choose("10.0.0.50", answer).Seeds);

        Assert.All(lists, list => Assert.Equal(["akka.tcp://chat@9.255.0.1:8110", "akka.tcp://chat@10.0.0.9:8110", "akka.tcp://chat@10.0.0.10:8110"], list));
    }

    [Fact]
    public void The_first_may_begin_when_it_sees_enough_of_the_others()
    {
        var (seeds, _) = Choose("10.0.0.1", "10.0.0.2", "10.0.0.1");

        Assert.Equal("akka.tcp://chat@10.0.0.1:8110", seeds[0]);
    }

    [Fact]
    public void One_that_sees_only_itself_waits()
    {
        var (seeds, waitingFor) = Choose("10.0.0.1", "10.0.0.1");

        Assert.Empty(seeds);
        Assert.Contains("1 of the 2 addresses", waitingFor, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_of_too_few_joins_the_others_but_does_not_begin()
    {
        var list = new SeedList(Address.Parse("akka.tcp://chat@10.0.0.1:8110"), 8110, minAddresses: 3);

        var seeds = list.Choose([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2")], out _);

        Assert.Equal("akka.tcp://chat@10.0.0.2:8110", Assert.Single(seeds).ToString());
    }

    [Theory]
    [InlineData("akka.tcp://chat@10.0.0.1:40000")]
    [InlineData("akka.tcp://chat@10.0.0.7:8110")]
    public void A_worker_joins_whoever_is_there(string worker)
    {
        var list = new SeedList(Address.Parse(worker), 8110, minAddresses: 2);

        var seeds = list.Choose([IPAddress.Parse("10.0.0.1")], out _);

        Assert.Equal("akka.tcp://chat@10.0.0.1:8110", Assert.Single(seeds).ToString());
    }

    [Fact]
    public void A_name_without_addresses_is_waited_for()
    {
        var (seeds, waitingFor) = Choose("10.0.0.1");

        Assert.Empty(seeds);
        Assert.Contains("no IPv4 address", waitingFor, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_with_both_kinds_of_addresses_counts_once()
    {
        string[] both = ["fd00::2", "10.0.0.2", "fd00::1", "10.0.0.1", "::ffff:10.0.0.1"];

        Assert.Equal(["akka.tcp://chat@10.0.0.1:8110", "akka.tcp://chat@10.0.0.2:8110"], Choose("10.0.0.1", both).Seeds);
        Assert.Equal(["akka.tcp://chat@[fd00::1]:8110", "akka.tcp://chat@[fd00::2]:8110"], Choose("[fd00::1]", both).Seeds);
    }

    [Fact]
    public void An_address_that_means_another_machine_everywhere_is_left_out() =>
        Assert.Equal(["akka.tcp://chat@[fd00::1]:8110"], Choose("[fd00::7]", "fe80::1", "fd00::1").Seeds);

    [Fact]
    public void Encrypted_remoting_keeps_its_scheme()
    {
        var list = new SeedList(Address.Parse("akka.ssl.tcp://chat@10.0.0.7:8110"), 8110, minAddresses: 1);

        Assert.Equal("akka.ssl.tcp://chat@10.0.0.1:8110", Assert.Single(list.Choose([IPAddress.Parse("10.0.0.1")], out _)).ToString());
    }

    [Fact]
    public void A_member_known_by_a_name_is_refused() =>
        Assert.Throws<ArgumentException>(() => new SeedList(Address.Parse("akka.tcp://chat@seed-0:8110"), 8110, 2));

    private static (string[] Seeds, string WaitingFor) Choose(string self, params string[] found)
    {
        var list = new SeedList(new Address("akka.tcp", "chat", self, 8110), 8110, minAddresses: 2);
        var seeds = list.Choose(found.Select(IPAddress.Parse), out var waitingFor);
        return ([.. seeds.Select(seed => seed.ToString())], waitingFor);
    }
}
