using System.Collections.Concurrent;
using System.Net.Sockets;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Remoting;
using Akka.ClusterAdapter.Tests.Adapters;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <summary>Members that are linked in different ways, as while a cluster is renewed worker by worker.</summary>
public sealed class MixedClusterTests : IAsyncLifetime, IDisposable
{
    private const string Own = "akka.cluster-adapter.transport = select\n";
    private const string DotNetty = "akka.cluster-adapter.transport = dotnetty\n";

    private readonly TestSystems _systems = new();
    private readonly TestAuthority _authority = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Members_of_both_kinds_are_one_cluster(bool isEncrypted)
    {
        var tls = isEncrypted ? _authority.Hocon() : "";
        Worker[] workers = [_systems.AddWorker(overrides: Own + tls), _systems.AddWorker(overrides: DotNetty + tls), _systems.AddWorker(overrides: tls)];
        await Eventually.TrueAsync(() => workers.All(worker => worker.Extension is { IsReady: true, IsDegraded: false, ServerCount: 3 }), "all are ready");
        foreach (var worker in workers)
            await worker.Host.ConnectAsync("c");

        for (var i = 0; i < 100; i++)
        {
            foreach (var worker in workers)
                await worker.Adapter.BroadcastAsync(FakeHost.Body($"{worker.Extension.WorkerId}/{i}/{new string('x', 3_000)}"), new BroadcastOptions());
        }

        foreach (var worker in workers)
        {
            await Eventually.TrueAsync(() => worker.Host.TextsOf("c").Count() == 300, () => $"all arrive, not {worker.Host.TextsOf("c").Count()}");
            foreach (var from in worker.Host.TextsOf("c").GroupBy(text => text[..text.IndexOf('/')]))
                Assert.Equal(Enumerable.Range(0, 100), from.Select(text => int.Parse(text.Split('/')[1])));
            Assert.Equal((0, 0), (worker.Counter(PeerCounter.Gaps), worker.Counter(PeerCounter.Duplicates)));
        }
    }

    [Fact]
    public async Task Strangers_that_say_nothing_are_shown_out()
    {
        var worker = _systems.AddWorker(overrides: "akka.remote.dot-netty.tcp.connection-timeout = 500ms");
        await Eventually.TrueAsync(() => worker.Extension.IsReady, "it is ready");
        var port = AkkaCluster.Get(worker.System).SelfAddress.Port!.Value;

        var strangers = Enumerable.Range(0, 100).Select(_ => new TcpClient("127.0.0.1", port)).ToArray();

        foreach (var stranger in strangers)
        {
            using (stranger)
                Assert.True(await ReadsToTheEndAsync(stranger));
        }

        Assert.Empty(AkkaCluster.Get(worker.System).State.Unreachable);
    }

    [Fact]
    public async Task Who_stalls_in_the_TLS_handshake_is_shown_out()
    {
        var worker = _systems.AddWorker(overrides: "akka.remote.dot-netty.tcp.connection-timeout = 500ms\n" + _authority.Hocon());
        await Eventually.TrueAsync(() => worker.Extension.IsReady, "it is ready");
        var port = AkkaCluster.Get(worker.System).SelfAddress.Port!.Value;

        foreach (var bytes in (byte[][])[[], [22, 3, 1], [22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3]])
        {
            using var stranger = new TcpClient("127.0.0.1", port);
            await stranger.GetStream().WriteAsync(bytes);

            Assert.True(await ReadsToTheEndAsync(stranger));
        }
    }

    [Fact]
    public async Task Whose_certificate_is_not_accepted_is_told_and_does_not_get_in()
    {
        using var stranger = new TestAuthority("Somebody else");
        using var both = new TestAuthority();
        await File.WriteAllTextAsync(both.File, await File.ReadAllTextAsync(_authority.File) + "\n" + await File.ReadAllTextAsync(stranger.File));
        var member = _systems.AddWorker(overrides: _authority.Hocon());
        await Eventually.TrueAsync(() => member.Extension.IsReady, "it is ready");
        var outsider = _systems.Add($"akka.loglevel = WARNING\nakka.loggers = []\n{stranger.Hocon(trusted: both)}");
        var lines = new ConcurrentQueue<string>();
        outsider.EventStream.Subscribe(outsider.ActorOf(Props.Create(() => new Collector(lines))), typeof(Warning));

        _systems.Join(outsider);

        const string told = "It may not accept this member's certificate.";
        await Eventually.TrueAsync(() => lines.Any(line => line.Contains(told, StringComparison.Ordinal)), "it is told");
        Assert.Single(AkkaCluster.Get(member.System).State.Members);
    }

    [Fact]
    public void Another_way_than_the_one_that_was_asked_for_is_refused()
    {
        var system = _systems.Add(Own + "akka.remote.dot-netty.tcp.transport-class = \"Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote\"");

        var refused = Assert.Throws<Configuration.ConfigurationException>(() => ClusterAdapter.Clustering.ClusterAdapterExtension.Get(system));

        Assert.Contains(TransportSettings.KindKey, refused.Message, StringComparison.Ordinal);
    }

    private static async Task<bool> ReadsToTheEndAsync(TcpClient stranger)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var bytes = new byte[4_096];
        try
        {
            while (await stranger.GetStream().ReadAsync(bytes, late.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return true;
    }

    private sealed class Collector : ReceiveActor
    {
        public Collector(ConcurrentQueue<string> lines) => ReceiveAny(line => lines.Enqueue(line.ToString() ?? ""));
    }
}
