using Akka.ClusterAdapter.Tests.Interop;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>Two workers, the smallest cluster: with a resolver that counts heads the survivor of the wrong one would end itself.</summary>
[Collection(ThreeWorkers.Name)]
public sealed class WorkerPairTests
{
    private static readonly TimeSpan JustBefore = TimeSpan.FromSeconds(1);

    /// <summary>Once the dead member is removed nobody is unreachable. Then a resolver has nothing left to decide, however long one waits.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task The_survivor_of_two_goes_on_and_has_nothing_left_to_decide(int killed)
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "2", "--cold");
        var workers = server.Urls.Select((url, i) => new ControlledWorker(i + 1, url)).ToArray();
        var survivor = workers[1 - killed];
        var (dead, before) = (await workers[killed].InfoAsync(), await survivor.InfoAsync());

        await ControlledWorker.SignalAsync("KILL", dead.Pid);

        await Eventually.TrueAsync(
            async () => (await survivor.InfoAsync()).Members is { Length: 2 } members && members.All(member => member is { Status: "Up", Reachable: true }),
            "the dead member is removed");
        var after = await survivor.InfoAsync();
        Assert.Equal((before.Worker, before.Pid, true), (after.Worker, after.Pid, after.Ready));
        Assert.Empty(after.Peers);
        await using var reader = await NumberReader.JoinAsync(survivor.Url, "room");
        await survivor.DoAsync(new { op = "emit", rooms = new[] { "room" }, @event = "b", args = new[] { "n/1/" } });
        await Eventually.TrueAsync(() => reader.Last("n") == 1, "it serves its clients");
    }

    [Fact]
    public async Task A_worker_that_is_started_again_on_its_port_in_the_cluster_misses_nothing_once_it_takes_clients()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "2", "--cold", "--restart", "--keep-cluster-ports");
        var workers = server.Urls.Select((url, i) => new ControlledWorker(i + 1, url)).ToArray();
        await using var load = await ClusterLoad.StartAsync(server.Urls);
        var before = await workers[1].InfoAsync();

        var start = load.History.Now - JustBefore;
        await ControlledWorker.SignalAsync("KILL", before.Pid);
        load.History.Allow(new AllowedLoss(2, null, start, load.History.Now));
        WorkerInfo? seen = null;
        await Eventually.TrueAsync(
            async () => (seen = await workers[1].TryInfoAsync()) is { Ready: true, Peers.Length: 1 } && seen.Pid != before.Pid,
            () => $"a new worker takes clients: {seen}, members {string.Join<WorkerMember>(" ", seen?.Members ?? [])}; {server.Errors}");
        await load.FlowsAsync();

        var after = await workers[1].InfoAsync();
        Assert.Equal(before.Address, after.Address);
        Assert.NotEqual(before.Worker, after.Worker);
        await load.EndsWithoutViolationAsync();
    }

    [Fact]
    public async Task A_worker_that_is_killed_before_it_is_ready_is_started_again()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "2", "--cold", "--restart");
        var worker = new ControlledWorker(2, server.Urls[1]);
        var before = await worker.InfoAsync();

        await ControlledWorker.SignalAsync("KILL", before.Pid);
        var second = 0;
        await Eventually.TrueAsync(() => (second = server.Children.Except(server.Workers).SingleOrDefault()) != 0, "a new one is started");
        await ControlledWorker.SignalAsync("KILL", second);

        WorkerInfo? seen = null;
        await Eventually.TrueAsync(
            async () => (seen = await worker.TryInfoAsync()) is { Ready: true, Peers.Length: 1 }, () => $"a third one takes clients: {seen}; {server.Errors}");
        Assert.DoesNotContain(seen!.Pid, new[] { before.Pid, second });
    }
}
