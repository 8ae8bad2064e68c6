using System.Globalization;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Seeds;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Seed nodes that are started again beside a cluster that went on without them.</summary>
public sealed class IslandTests : IAsyncLifetime
{
    private static readonly Address One = Address.Parse("akka.tcp://sio@127.0.0.1:1");
    private static readonly Address Two = Address.Parse("akka.tcp://sio@127.0.0.1:2");
    private static readonly Address Three = Address.Parse("akka.tcp://sio@127.0.0.1:3");

    private readonly TestSystems _systems = new();
    private readonly int _port = FreePorts.Take(1)[0];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_only_seed_node_started_again_joins_the_cluster_that_went_on_without_it(bool isKilled)
    {
        var seed = Start(SeedAddresses.Path, _port);
        var other = Start(SeedAddresses.Path);
        await Eventually.TrueAsync(() => seed.Extension.ServerCount == 2 && other.Extension is { IsReady: true, ServerCount: 2 }, "one cluster");
        await EndAsync(seed, isKilled);

        var successor = Start(SeedAddresses.Path, _port);

        await Eventually.TrueAsync(
            () => Task.FromResult(
                successor.Extension is { IsReady: true, IsDegraded: false, ServerCount: 2 } && other.Extension.Peers.Contains(successor.Extension.WorkerId)),
            () => "one cluster again",
            TimeSpan.FromSeconds(60));
        Assert.False(other.Extension.Terminated.IsCompleted);
    }

    [Fact]
    public async Task Of_two_equal_clusters_the_one_gives_way_whose_seed_node_is_in_the_other()
    {
        var seed = Start(SeedAddresses.AkkasPath, _port);
        var other = Start(SeedAddresses.AkkasPath);
        await Eventually.TrueAsync(() => other.Extension is { IsReady: true, ServerCount: 2 } && seed.Extension.ServerCount == 2, "one cluster");
        await EndAsync(seed, isKilled: false);

        // By Akka's own list it founds a second cluster at once.
        var successor = Start(SeedAddresses.AkkasPath, _port);

        var end = await other.Extension.Terminated.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(end.IsFailure);
        Assert.Contains("two clusters", end.Reason, StringComparison.Ordinal);
        Assert.False(successor.Extension.Terminated.IsCompleted);
    }

    [Fact]
    public async Task Where_none_can_give_way_both_are_degraded_and_say_what_to_do()
    {
        var seed = Start(SeedAddresses.AkkasPath, _port);
        var others = new[] { Start(SeedAddresses.AkkasPath), Start(SeedAddresses.AkkasPath) };
        await Eventually.TrueAsync(() => others.Append(seed).All(worker => worker.Extension is { IsReady: true, ServerCount: 3 }), "one cluster");
        await EndAsync(seed, isKilled: false);

        var successor = Start(SeedAddresses.AkkasPath, _port);

        await Eventually.TrueAsync(
            () => Task.FromResult(others.Append(successor).All(worker => worker.Extension.IsDegraded)), () => "all degraded", TimeSpan.FromSeconds(60));
        Assert.Contains(SeedAddresses.Path, Assert.Single(successor.Extension.Missing), StringComparison.Ordinal);
        Assert.All(others.Append(successor), worker => Assert.False(worker.Extension.Terminated.IsCompleted));
    }

    [Fact]
    public void The_smaller_cluster_gives_way_unless_it_would_only_be_founded_again()
    {
        var listening = new SeedAddresses([One], AreOurs: true);
        var akkas = new SeedAddresses([One], AreOurs: false);

        Assert.True(IslandRule.GivesWay(listening, self: One, there: Two, mine: 1, theirs: 2));
        Assert.False(IslandRule.GivesWay(listening, self: One, there: Two, mine: 2, theirs: 2));
        Assert.False(IslandRule.GivesWay(akkas, self: One, there: Two, mine: 1, theirs: 2));
        Assert.True(IslandRule.GivesWay(akkas, self: Two, there: One, mine: 1, theirs: 1));
        Assert.False(IslandRule.GivesWay(akkas, self: Two, there: One, mine: 2, theirs: 1));
        Assert.False(IslandRule.GivesWay(listening, self: Two, there: Three, mine: 1, theirs: 9));
    }

    [Fact]
    public void Never_both_of_two_equal_clusters_give_way()
    {
        var seeds = new SeedAddresses([One, Two], AreOurs: true);

        Assert.NotEqual(IslandRule.GivesWay(seeds, One, Two, 3, 3), IslandRule.GivesWay(seeds, Two, One, 3, 3));
    }

    [Fact]
    public void All_members_of_one_side_come_to_the_same_end()
    {
        var seeds = new SeedAddresses([One, Two], AreOurs: true);

        // One and Three against Two and another worker, each of whom hears the other side's seed node.
        Assert.False(IslandRule.GivesWay(seeds, self: One, there: Two, mine: 2, theirs: 2, isMember: member => member.Equals(One) || member.Equals(Three)));
        Assert.False(IslandRule.GivesWay(seeds, self: Three, there: Two, mine: 2, theirs: 2, isMember: member => member.Equals(One) || member.Equals(Three)));
        Assert.True(IslandRule.GivesWay(seeds, self: Two, there: One, mine: 2, theirs: 2, isMember: member => member.Equals(Two) || member.Equals(Three)));
        Assert.True(IslandRule.GivesWay(seeds, self: Three, there: One, mine: 2, theirs: 2, isMember: member => member.Equals(Two) || member.Equals(Three)));
    }

    private static async Task EndAsync(Worker worker, bool isKilled)
    {
        if (isKilled)
            ((ExtendedActorSystem)worker.System).Abort();
        else
            await CoordinatedShutdown.Get(worker.System).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        await worker.System.WhenTerminated.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private Worker Start(string list, int port = 0) => new(
        _systems.Add(string.Create(CultureInfo.InvariantCulture, $"{list} = [\"akka.tcp://sio@127.0.0.1:{_port}\"]\nakka.remote.dot-netty.tcp.port = {port}")),
        "/");
}
