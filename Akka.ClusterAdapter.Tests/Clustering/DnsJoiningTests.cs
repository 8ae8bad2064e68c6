using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Seeds;
using Akka.Configuration;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Members that find each other by name; they have loopback addresses of their own and one port.</summary>
public sealed class DnsJoiningTests : IAsyncLifetime
{
    private readonly TestSystems _systems = new();
    private readonly int _port = FreePorts.Take(1)[0];
    private readonly ConcurrentDictionary<string, IPAddress[]> _names = new();
    private readonly ConcurrentDictionary<string, int> _asked = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task Members_that_start_in_any_order_form_one_cluster()
    {
        // At first each seed node sees only itself, and the worker nobody.
        (_names["worker"], _names["one"], _names["two"]) = ([], [IPAddress.Parse("127.0.0.2")], [IPAddress.Parse("127.0.0.3")]);
        var worker = Add("127.0.0.4", port: 0, name: "worker");
        var second = Add("127.0.0.3", name: "two");
        var first = Add("127.0.0.2", name: "one");
        await Eventually.TrueAsync(() => _names.Keys.All(name => Asked(name) > 5), "the name was asked for");
        Assert.All(_systems.All, system => Assert.Equal(0, UpMembers(system)));

        _names["worker"] = _names["one"] = _names["two"] = [IPAddress.Parse("127.0.0.3"), IPAddress.Parse("127.0.0.2")];

        await Eventually.TrueAsync(() => _systems.All.All(system => UpMembers(system) == 3), "three members");
        var leader = AkkaCluster.Get(first).State.Leader;
        Assert.Equal(leader, AkkaCluster.Get(second).State.Leader);
        Assert.Equal(leader, AkkaCluster.Get(worker).State.Leader);
    }

    [Fact]
    public async Task The_first_seed_that_comes_back_joins_the_others()
    {
        _names["seeds"] = [IPAddress.Parse("127.0.0.3"), IPAddress.Parse("127.0.0.2")];
        var first = Add("127.0.0.2");
        var second = Add("127.0.0.3");
        await Eventually.TrueAsync(() => _systems.All.All(system => UpMembers(system) == 2), "two members");

        await CoordinatedShutdown.Get(first).Run(CoordinatedShutdown.ClrExitReason.Instance);
        var again = Add("127.0.0.2");

        await Eventually.TrueAsync(() => UpMembers(second) == 2 && UpMembers(again) == 2, "two members again");
    }

    [Fact]
    public async Task Members_on_IPv6_find_each_other()
    {
        if (!Socket.OSSupportsIPv6)
            return;
        _names["seeds"] = [IPAddress.IPv6Loopback, IPAddress.Loopback];
        var seed = Add("::1", settings: "akka.cluster-adapter.seed-dns.min-addresses = 1");
        var worker = Add("::1", port: 0);

        await Eventually.TrueAsync(() => UpMembers(seed) == 2 && UpMembers(worker) == 2, "two members");

        Assert.Contains($"akka.tcp://sio@[::1]:{_port}", AkkaCluster.Get(worker).State.Members.Select(member => member.Address.ToString()));
    }

    [Fact]
    public async Task A_worker_finds_a_seed_node_by_settings_alone()
    {
        var dns = $"""
            akka.cluster-adapter.seed-dns.host = localhost
            akka.cluster-adapter.seed-dns.port = {_port}
            akka.cluster-adapter.seed-dns.min-addresses = 1
            """;
        var seed = _systems.Add($"""
            {dns}
            akka.cluster.roles = [seed]
            akka.remote.dot-netty.tcp.port = {_port}
            akka.extensions = ["Akka.ClusterAdapter.Clustering.SeedNodeProvider, Akka.ClusterAdapter"]
            """);
        var worker = new Worker(_systems.Add(dns), "/");

        await Eventually.TrueAsync(() => worker.Extension is { IsReady: true, IsDegraded: false } && UpMembers(seed) == 2, "the worker is ready");
    }

    [Fact]
    public async Task A_member_that_finds_nobody_ends()
    {
        _names["seeds"] = [];
        var system = Add(
            "127.0.0.2", settings: "akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 1s\nakka.cluster-adapter.seed-dns.interval = 100ms");

        await Eventually.TrueAsync(() => system.WhenTerminated.IsCompleted, "the end");

        Assert.IsType<CoordinatedShutdown.ClusterJoinUnsuccessfulReason>(CoordinatedShutdown.Get(system).ShutdownReason);
    }

    [Fact]
    public async Task A_worker_that_finds_nobody_ends_as_a_failure()
    {
        var worker = new Worker(
            _systems.Add("""
                akka.cluster-adapter.seed-dns.host = "no-such-name.invalid"
                akka.cluster-adapter.seed-dns.interval = 100ms
                akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 1s
                """),
            "/");

        var end = await worker.Extension.Terminated.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.True(end.IsFailure);
        Assert.Contains("joined no cluster", end.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("akka.cluster.seed-nodes = [\"akka.tcp://sio@127.0.0.1:8110\"]", "akka.cluster.seed-nodes = []")]
    [InlineData("akka.remote.dot-netty.tcp.public-hostname = \"localhost\"", "public-hostname to the address")]
    [InlineData("akka.cluster-adapter.seed-dns.host = \"no/name\"", "akka.cluster-adapter.seed-dns.host is 'no/name'")]
    [InlineData("akka.cluster-adapter.seed-dns.port = 0", "akka.cluster-adapter.seed-dns.port is '0'")]
    [InlineData("akka.cluster-adapter.seed-dns.min-addresses = none", "akka.cluster-adapter.seed-dns.min-addresses is 'none'")]
    [InlineData("akka.cluster-adapter.seed-dns.interval = 0s", "akka.cluster-adapter.seed-dns.interval is '0s'")]
    [InlineData("akka.remote.dot-netty.tcp.bind-hostname = \"0.0.0.0\"", "without TLS")]
    public void What_cannot_work_is_refused(string setting, string sentence)
    {
        var system = _systems.Add($"akka.cluster-adapter.seed-dns.host = seeds\n{setting}");

        var refused = Assert.Throws<ConfigurationException>(() => SeedNodeExtension.Get(system));

        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_node_without_a_cluster_is_refused()
    {
        var system = _systems.Add("akka.actor.provider = local");

        Assert.Contains("akka.actor.provider", Assert.Throws<ConfigurationException>(() => SeedNodeExtension.Get(system)).Message, StringComparison.Ordinal);
    }

    private static int UpMembers(ActorSystem system) => AkkaCluster.Get(system).State.Members.Count(member => member.Status == MemberStatus.Up);

    private ActorSystem Add(string host, int? port = null, string name = "seeds", string settings = "")
    {
        var system = _systems.Add($"""
            {settings}
            akka.cluster-adapter.seed-dns.host = {name}
            akka.cluster-adapter.seed-dns.port = {_port}
            akka.cluster-adapter.seed-dns.interval = 100ms
            akka.cluster.seed-node-timeout = 1s
            akka.remote.dot-netty.tcp.hostname = "{host}"
            akka.remote.dot-netty.tcp.port = {port ?? _port}
            """);
        system.Settings.InjectTopLevelFallback(ClusterAdapterExtension.DefaultConfig);
        DnsJoining.Begin((ExtendedActorSystem)system, NoLogger.Instance, ResolveAsync);
        return system;
    }

    private int Asked(string name) => _asked.GetValueOrDefault(name);

    private Task<IPAddress[]> ResolveAsync(string name, CancellationToken ct)
    {
        _asked.AddOrUpdate(name, 1, (_, count) => count + 1);
        return Task.FromResult(_names[name]);
    }
}
