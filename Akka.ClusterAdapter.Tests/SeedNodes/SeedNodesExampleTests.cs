using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.SeedNodes;

/// <summary>Two seed nodes and workers, each a process of its own, from HOCON alone.</summary>
[Collection(ProcessTests.Name)]
public sealed class SeedNodesExampleTests
{
    private readonly int[] _seeds = FreePorts.Take(2);

    [Fact]
    public async Task Members_that_start_in_any_order_are_one_server_and_a_seed_node_can_be_replaced()
    {
        await using var one = NodeProcess.Worker(_seeds);
        await using var second = NodeProcess.Seed(_seeds, _seeds[1]);
        await using var two = NodeProcess.Worker(_seeds);
        await using var first = NodeProcess.Seed(_seeds, _seeds[0]);
        await Task.WhenAll(one.ReadyAsync(), two.ReadyAsync(), first.ReadyAsync(), second.ReadyAsync());
        await using var ada = await ChatClient.ConnectAsync(one.Url, "Ada");
        await using var grace = await ChatClient.ConnectAsync(two.Url, "Grace");
        await ada.SayAsync("good morning");
        await grace.HearsAsync("good morning");

        await LineProcess.SignalAsync("KILL", first.Id);
        await grace.SayAsync("one less");
        await ada.HearsAsync("one less");
        await using var again = NodeProcess.Seed(_seeds, _seeds[0]);
        await again.ReadyAsync();
        await using var three = NodeProcess.Worker(_seeds);
        await three.ReadyAsync();

        await using var edsger = await ChatClient.ConnectAsync(three.Url, "Edsger");
        await ada.SayAsync("welcome");
        await Task.WhenAll(edsger.HearsAsync("welcome"), grace.HearsAsync("welcome"));
        Assert.DoesNotContain(ada.Lines.Concat(grace.Lines), line => line.StartsWith("disconnect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_is_told_to_stop_ends_with_code_0_and_its_health_says_so_before()
    {
        await using var seed = NodeProcess.Seed(_seeds[..1], _seeds[0]);
        await using var worker = NodeProcess.Worker(_seeds[..1]);
        await Task.WhenAll(seed.ReadyAsync(), worker.ReadyAsync());
        using var http = new HttpClient();
        Assert.Equal("Healthy", await http.GetStringAsync(new Uri($"{worker.Url}/health/ready")));
        Assert.Equal("Healthy", await http.GetStringAsync(new Uri($"{worker.Url}/health/live")));

        await LineProcess.SignalAsync("TERM", worker.Id, seed.Id);

        Assert.Equal((0, 0), (await worker.ExitAsync(), await seed.ExitAsync()));
    }

    [Fact]
    public async Task Without_a_seed_node_a_worker_says_so_in_one_line_and_fails()
    {
        await using var worker = NodeProcess.Worker(_seeds[..1], "AKKA__CLUSTER__SHUTDOWN_AFTER_UNSUCCESSFUL_JOIN_SEED_NODES=2s");

        Assert.Equal(1, await worker.ExitAsync());
        var line = Assert.Single(worker.Lines, line => line.StartsWith("crit: ", StringComparison.Ordinal));
        Assert.Contains($"This worker has joined no cluster: no seed node answers at akka.tcp://chat@127.0.0.1:{_seeds[0]}.", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_setting_is_one_line_and_no_reason_to_start_again()
    {
        await using var worker = NodeProcess.Worker(_seeds, "AKKA__CLUSTER_ADAPTER__READY_TIMEOUT=soon");

        Assert.Equal(78, await worker.ExitAsync());
        Assert.StartsWith("This member cannot start: akka.cluster-adapter.ready-timeout", Assert.Single(worker.Lines), StringComparison.Ordinal);
    }
}
