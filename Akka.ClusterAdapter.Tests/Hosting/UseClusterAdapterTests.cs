using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hosting;

public sealed class UseClusterAdapterTests : IAsyncLifetime
{
    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task Servers_on_actor_systems_of_plain_hocon_form_one_server()
    {
        await using var one = await StartAsync(_systems.Add());
        await using var two = await StartAsync(_systems.Add());
        foreach (var system in _systems.All)
            _systems.Join(system);
        await Eventually.TrueAsync(() => _systems.All.All(system => ClusterAdapterExtension.Get(system) is { IsReady: true, ServerCount: 2 }));
        await using var here = await one.ConnectAsync();
        await using var there = await two.ConnectAsync();
        await there.SendAsync("421[\"join\",\"lobby\"]");
        await there.ExpectAsync("431[]");

        await one.Server.To("lobby").EmitAsync("news", new byte[] { 1, 2 });
        var sockets = await one.Server.FetchSocketsAsync();

        await there.ExpectAsync("451-[\"news\",{\"_placeholder\":true,\"num\":0}]", "bin:0102");
        Assert.Equal(new[] { here.SocketId, there.SocketId }.Order(), sockets.Select(socket => socket.Id).Order());
        Assert.Equal(2, await two.Server.ServerCountAsync());
    }

    [Fact]
    public async Task A_stopping_worker_is_not_counted_any_more()
    {
        await using var one = await StartAsync(_systems.Add());
        var two = await StartAsync(_systems.Add());
        foreach (var system in _systems.All)
            _systems.Join(system);
        await Eventually.TrueAsync(() => _systems.All.All(system => ClusterAdapterExtension.Get(system) is { IsReady: true, ServerCount: 2 }));

        await two.DisposeAsync();

        await Eventually.TrueAsync(async () => await one.Server.ServerCountAsync() == 1);
        Assert.False(ClusterAdapterExtension.Get(_systems.All[1]).IsReady);
    }

    [Fact]
    public async Task Whoever_leaves_a_dynamic_namespace_as_the_last_of_its_worker_can_still_tell_the_others()
    {
        await using var one = await StartDynamicAsync(_systems.Add());
        await using var two = await StartDynamicAsync(_systems.Add());
        foreach (var system in _systems.All)
            _systems.Join(system);
        await Eventually.TrueAsync(() => _systems.All.All(system => ClusterAdapterExtension.Get(system) is { IsReady: true, ServerCount: 2 }));
        await using var last = await one.ConnectAsync("/tenant-1");
        await using var other = await two.ConnectAsync("/tenant-1");
        var kept = one.Server.Of("/tenant-1");

        await last.SendAsync("41/tenant-1,");
        await other.ExpectAsync($"42/tenant-1,[\"left\",\"{last.SocketId}\"]", $"42/tenant-1,[\"left a while ago\",\"{last.SocketId}\"]");
        var found = await kept.FetchSocketsAsync();
        await kept.EmitAsync("news");

        Assert.Equal(other.SocketId, Assert.Single(found).Id);
        await other.ExpectAsync("42/tenant-1,[\"news\"]");
        Assert.DoesNotContain(one.Server.Namespaces, ns => ns.Name == "/tenant-1");
        await one.Server.CloseAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => kept.EmitAsync("late").AsTask());
    }

    [Fact]
    public async Task A_broadcast_to_a_dynamic_namespace_reaches_all_its_children_or_none()
    {
        DynamicNamespace? tenants = null;
        await using var one = await SocketIOTestHost.StartAsync(
            io => tenants = io.Of(new Regex("^/tenant-")),
            services: services => services.AddSocketIO().UseClusterAdapter(_systems.Add("akka.cluster-adapter.max-packet-size = 256000B")));
        _systems.Join(_systems.All[0]);
        await Eventually.TrueAsync(() => ClusterAdapterExtension.Get(_systems.All[0]).IsReady);
        var clients = new List<WireClient>();
        foreach (var name in new[] { "/tenant-1", $"/tenant-{new string('2', 200)}" })
            clients.Add(await one.ConnectAsync(name));

        // It would cross with the shorter name.
        await Assert.ThrowsAsync<BroadcastTooLargeException>(() => tenants!.EmitAsync("x", new string('x', 255_900)).AsTask());
        await tenants!.EmitAsync("y");

        await clients[0].ExpectAsync("42/tenant-1,[\"y\"]");
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static void TellTheOthers(Socket socket) => socket.OnDisconnect(async _ =>
    {
        await socket.Broadcast.EmitAsync("left", socket.Id);
        await Eventually.TrueAsync(() => !socket.Namespace.Server.Namespaces.Contains(socket.Namespace), "the namespace is removed");
        await socket.Broadcast.EmitAsync("left a while ago", socket.Id);
    });

    private static Task<SocketIOTestHost> StartDynamicAsync(ActorSystem system) => SocketIOTestHost.StartAsync(
        io => io.Of(new Regex("^/tenant-")).OnConnection(TellTheOthers),
        options => options.CleanupEmptyChildNamespaces = true,
        services => services.AddSocketIO().UseClusterAdapter(system));

    private static Task<SocketIOTestHost> StartAsync(ActorSystem system) => SocketIOTestHost.StartAsync(
        io => io.OnConnection(socket => socket.On("join", (string room) => socket.JoinAsync(room))),
        services: services => services.AddSocketIO().UseClusterAdapter(system));
}
