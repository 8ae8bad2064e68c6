using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>A server that nobody but its actor system ends: the application around it knows nothing of it.</summary>
public sealed class DrainWithoutHostTests : IAsyncLifetime
{
    private readonly TestSystems _systems = new();
    private readonly WebApplication _web;

    public DrainWithoutHostTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(_ => new SocketIOServer(
            new SocketIOOptions(), ClusterAdapterExtension.Get(_systems.All[0]).Factory, TimeProvider.System, NullLoggerFactory.Instance));
        _web = builder.Build();
    }

    private SocketIOServer Server => _web.Services.GetRequiredService<SocketIOServer>();

    public async Task InitializeAsync()
    {
        var system = _systems.Add("akka.cluster-adapter.drain-timeout = 20s");
        _web.Map("/socket.io/{**rest}", Server.Engine.HandleAsync);
        await _web.StartAsync();
        _systems.Join(system);
    }

    public async Task DisposeAsync()
    {
        await _web.DisposeAsync();
        await _systems.EndAsync();
    }

    [Fact]
    public async Task Clients_are_let_go_before_the_cluster_is_left()
    {
        var other = _systems.AddWorker();
        await Eventually.TrueAsync(() => _systems.All.All(system => ClusterAdapterExtension.Get(system) is { IsReady: true, ServerCount: 2 }), "two workers");
        var reasons = new List<DisconnectReason>();
        var isMember = false;
        Server.OnConnection(socket => socket.OnDisconnect(reason =>
        {
            reasons.Add(reason);
            isMember = AkkaClusterOf(0).State.Members.Any(
                member => member.UniqueAddress.Equals(AkkaClusterOf(0).SelfUniqueAddress) && member.Status == Akka.Cluster.MemberStatus.Up);
            return default;
        }));
        await using var client = await WireClient.OpenAsync(new Uri(_web.Urls.First()));
        await client.ConnectAsync();

        var ending = _systems.All[0].Terminate();

        Assert.Equal("closed", await client.ReceiveAsync());
        await client.CloseAsync();
        await ending.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([DisconnectReason.ServerShuttingDown], reasons);
        Assert.True(isMember, "it was still a member when its client was let go");
        await Eventually.TrueAsync(() => other.Extension.ServerCount == 1, "one worker");
    }

    private Akka.Cluster.Cluster AkkaClusterOf(int index) => Akka.Cluster.Cluster.Get(_systems.All[index]);
}
