using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clustering;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>A contract spoken by a process without sockets, to those of every worker.</summary>
public sealed class EmitterContractTests(EmitterSystems systems) : IClassFixture<EmitterSystems>
{
    [Fact]
    public async Task A_contract_reaches_the_selected_sockets_of_every_worker()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();
        await hosts[1].ConnectAsync("elsewhere");

        await emitter.Of<IChatClient>(emitter.Name).To("lobby").Said("1", "hello");

        await Eventually.TrueAsync(() => hosts.All(host => host.Deliveries.Any(delivery => delivery.Text == "[\"said\",\"1\",\"hello\"]")));
        Assert.Empty(hosts[1].TextsOf("elsewhere"));
    }

    [Fact]
    public async Task What_is_chosen_on_the_way_counts()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();

        await emitter.As<IChatClient>().Volatile.Compress(false).Nothing();

        await Eventually.TrueAsync(() => hosts.All(host => !host.Deliveries.IsEmpty));
        var options = hosts[1].Deliveries.Last().Options;
        Assert.Equal((true, false), (options.IsVolatile, options.Compress));
    }

    [Fact]
    public async Task Answers_of_every_worker_come_back()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();
        foreach (var host in hosts)
            host.ClientAnswer = _ => "[5]";

        var many = await emitter.As<IChatClient>().HowMany(default);

        Assert.Equal([5, 5], many);
    }
}
