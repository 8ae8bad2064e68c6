using Akka.ClusterAdapter.Clustering;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class StartChecksTests : IAsyncLifetime
{
    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Theory]
    [InlineData("akka.remote.dot-netty.tcp.maximum-frame-size = 64000b", "akka.remote.dot-netty.tcp.maximum-frame-size is 64000 bytes")]
    [InlineData("akka.remote.dot-netty.tcp.hostname = \"0.0.0.0\"\nakka.remote.dot-netty.tcp.public-hostname = \"127.0.0.1\"", "without TLS")]
    [InlineData("akka.remote.dot-netty.tcp.bind-hostname = \"0.0.0.0\"", "without TLS")]
    [InlineData(
        "akka.cluster-adapter.server-side-values = hyperion\nakka.cluster-adapter.allow-plaintext-cluster = on\n"
        + "akka.remote.dot-netty.tcp.bind-hostname = \"0.0.0.0\"",
        "akka.cluster-adapter.server-side-values = hyperion")]
    [InlineData(
        "akka.cluster-adapter.server-side-values = hyperion\nakka.cluster-adapter.server-side-types = [\"No.Such, Type\"]",
        "akka.cluster-adapter.server-side-types names 'No.Such, Type'")]
    [InlineData("akka.cluster.roles = [other]\nakka.cluster.pub-sub.role = \"\"", "does not have the role 'socketio'")]
    [InlineData("akka.cluster.roles = [socketio, other]\nakka.cluster.pub-sub.role = \"other\"", "akka.cluster.pub-sub.role is 'other'")]
    [InlineData("akka.cluster-adapter.beat-interval = never", "akka.cluster-adapter.beat-interval")]
    [InlineData("akka.cluster-adapter.seed-nodes = [\"akka.tcp://another@127.0.0.1:8110\"]", "the same name on every member")]
    [InlineData("akka.cluster-adapter.seed-nodes = [\"akka.quic://sio@127.0.0.1:8110\"]", "TLS is on for every member (akka.ssl.tcp), or for none")]
    [InlineData("akka.cluster-adapter.seed-nodes = [\"akka.tcp://sio@127.0.0.1\"]", "without a port. Write it like akka.tcp://")]
    public void A_system_that_would_lose_messages_or_is_open_to_all_is_refused(string setting, string sentence)
    {
        var system = _systems.Add(setting);

        var refused = Assert.Throws<ConfigurationException>(() => ClusterAdapterExtension.Get(system));

        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_port_can_be_allowed()
    {
        var system = _systems.Add(
            """
            akka.cluster-adapter.allow-plaintext-cluster = on
            akka.remote.dot-netty.tcp.bind-hostname = "0.0.0.0"
            """);

        Assert.False(ClusterAdapterExtension.Get(system).IsReady);
    }

    [Theory]
    [InlineData("akka.remote.retry-gate-closed-for = 5s", "retry-gate-closed-for")]
    [InlineData("akka.cluster.pub-sub.max-delta-elements = 3000", "max-delta-elements")]
    [InlineData("akka.cluster.pub-sub.role = \"\"", "pub-sub.role is empty")]
    [InlineData("akka.cluster-adapter.drain-timeout = 20s", "Set it to 22s")]
    public void What_makes_failures_last_longer_is_a_warning(string setting, string sentence)
    {
        var system = _systems.Add("akka.loglevel = WARNING\nakka.loggers = [\"Akka.TestKit.TestEventListener, Akka.TestKit\"]\n" + setting);
        using var kit = new TestKit.Xunit2.TestKit(system);

        kit.EventFilter.Warning(contains: sentence).ExpectOne(TimeSpan.FromSeconds(30), () => ClusterAdapterExtension.Get(system));
    }

    [Fact]
    public void A_worker_named_by_its_address_and_life()
    {
        var first = _systems.Add();
        var second = _systems.Add();

        var ids = new[] { first, second }.Select(system => ClusterAdapterExtension.Get(system).WorkerId).ToArray();

        Assert.All(ids, id => Assert.Matches(@"^127\.0\.0\.1:\d+#\d+$", id));
        Assert.NotEqual(ids[0], ids[1]);
    }
}
