using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server;

public class DynamicNamespaceTests
{
    [Fact]
    public async Task An_event_reaches_every_namespace_of_the_kind()
    {
        DynamicNamespace tenants = null!;
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            tenants = io.Of(new Regex("^/tenant-"));
            tenants.OnConnection(socket => socket.JoinAsync(socket.Namespace.Name == "/tenant-1" ? "odd" : "even", "all"));
        });
        await using var one = await host.ConnectAsync("/tenant-1");
        await using var two = await host.ConnectAsync("/tenant-2");
        await using var other = await host.ConnectAsync();
        // Clients know that they are connected before the handler has run.
        await Eventually.TrueAsync(
            () => tenants.Children.Count(child => child.Sockets.Values.Any(socket => socket.Rooms.Contains("all"))) == 2, "both have joined");

        await tenants.EmitAsync("everybody", 1);
        await tenants.To("odd").EmitAsync("odd", new byte[] { 7 });
        await tenants.In("all").Except("odd").Local.EmitAsync("even");
        await tenants.Except("even").To("all").EmitArgsAsync("list", ["a", 2]);
        await host.Server.EmitAsync("end");
        await tenants.SendAsync("end");

        await one.ExpectAsync(
            "42/tenant-1,[\"everybody\",1]", "451-/tenant-1,[\"odd\",{\"_placeholder\":true,\"num\":0}]",
            "bin:07", "42/tenant-1,[\"list\",\"a\",2]", "42/tenant-1,[\"message\",\"end\"]");
        await two.ExpectAsync("42/tenant-2,[\"everybody\",1]", "42/tenant-2,[\"even\"]", "42/tenant-2,[\"message\",\"end\"]");
        await other.ExpectAsync("42[\"end\"]");
        Assert.Equal(["/tenant-1", "/tenant-2"], tenants.Children.Select(child => child.Name).Order());
    }

    [Fact]
    public async Task What_is_asked_of_all_namespaces_of_the_kind_is_asked_of_each()
    {
        DynamicNamespace tenants = null!;
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            tenants = io.Of(new Regex("^/tenant-"));
            tenants.OnConnection(socket => socket.JoinAsync(socket.Namespace.Name == "/tenant-1" ? "odd" : "even"));
        });
        Assert.Empty(await tenants.FetchSocketsAsync());
        await using var one = await host.ConnectAsync("/tenant-1");
        await using var two = await host.ConnectAsync("/tenant-2");

        var answers = tenants.EmitWithAckAsync<int>("question", []);
        await one.ExpectAsync("42/tenant-1,0[\"question\"]");
        await two.ExpectAsync("42/tenant-2,0[\"question\"]");
        await one.SendAsync("43/tenant-1,0[1]");
        await two.SendAsync("43/tenant-2,0[2]");
        Assert.Equal([1, 2], (await answers).Order());

        await tenants.To("odd").SocketsJoinAsync("chosen");
        var chosen = Assert.Single(await tenants.In("chosen").FetchSocketsAsync());
        Assert.Equal(Assert.Single(host.Server.Of("/tenant-1").Sockets).Key, chosen.Id);
        await chosen.EmitAsync("you");
        await one.ExpectAsync("42/tenant-1,[\"you\"]");

        await tenants.Except("even").DisconnectSocketsAsync();
        await one.ExpectAsync("41/tenant-1,");
        await tenants.SocketsLeaveAsync("even");
        Assert.Empty(await tenants.In("even").FetchSocketsAsync());
        Assert.Single(await tenants.FetchSocketsAsync());
    }

    [Fact]
    public async Task A_volatile_event_behind_another_is_dropped_in_each()
    {
        DynamicNamespace tenants = null!;
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            tenants = io.Of(new Regex("^/tenant-"));
            tenants.OnConnection(socket => socket.On("go", async () =>
            {
                await tenants.Compress(false).EmitAsync("kept");
                await tenants.Volatile.To(socket.Id).EmitAsync("dropped");
            }));
        });
        await using var client = await host.ConnectAsync("/tenant-1");

        await client.SendAsync("42/tenant-1,1[\"go\"]");

        await client.ExpectAsync("42/tenant-1,[\"kept\"]", "43/tenant-1,1[]");
    }

    [Fact]
    public async Task A_namespace_that_the_server_asks_for_first_has_the_middlewares_of_its_pattern()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Of((name, _) => new ValueTask<bool>(name == "/tenant-2"));
            io.Of(new Regex("^/tenant-")).Use((_, _) => throw new ConnectErrorException("members only"));
        });
        await using var client = await host.OpenAsync();

        await host.Server.Of("/tenant-1").EmitAsync("hello");
        await host.Server.Of("tenant-2").EmitAsync("hello");
        await client.SendAsync("40/tenant-1,");
        await client.ExpectAsync("44/tenant-1,{\"message\":\"members only\"}");
        await client.SendAsync("40/tenant-2,");
        await client.ExpectAsync("44/tenant-2,{\"message\":\"members only\"}");
    }

    [Fact]
    public async Task A_namespace_that_was_kept_still_means_its_clients_when_it_was_removed_and_made_anew()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of(new Regex("^/tenant-")).OnConnection(socket => socket.JoinAsync("members")),
            options => options.CleanupEmptyChildNamespaces = true);
        await using var client = await host.ConnectAsync("/tenant-1");
        var kept = host.Server.Of("/tenant-1");
        var members = kept.To("members");
        await client.SendAsync("41/tenant-1,");
        await Eventually.TrueAsync(() => host.Server.Namespaces.Count == 1, "the namespace is removed");

        await kept.EmitAsync("nobody");
        Assert.Empty(await members.FetchSocketsAsync());
        Assert.Single(host.Server.Namespaces);
        await client.ConnectAsync("/tenant-1");
        await Eventually.TrueAsync(async () => (await members.FetchSocketsAsync()).Count == 1, "the connection handler");
        await kept.EmitAsync("all");
        await members.EmitAsync("members");

        await client.ExpectAsync("42/tenant-1,[\"all\"]", "42/tenant-1,[\"members\"]");
        Assert.Same(kept, host.Server.Of("/tenant-1"));
        Assert.Single(await members.FetchSocketsAsync());
    }

    [Fact]
    public async Task A_namespace_goes_and_comes_back_as_fast_as_its_clients_with_one_adapter_at_a_time()
    {
        var adapters = new ReluctantAdapters();
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of(new Regex("^/tenant-")),
            options => options.CleanupEmptyChildNamespaces = true,
            services => services.AddSocketIO().UseAdapter(adapters));
        var clients = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => host.OpenAsync()));

        await Task.WhenAll(clients.Select(async client =>
        {
            for (var i = 0; i < 50; i++)
            {
                await client.ConnectAsync("/tenant-1");
                await client.SendAsync("41/tenant-1,");
            }

            await client.DisposeAsync();
        }));

        await Eventually.TrueAsync(() => host.Server.Namespaces.Count == 1, "the namespace is removed");
        await Eventually.TrueAsync(() => adapters.Present.Count == 1, "its adapter, too");
        Assert.Equal(["/"], adapters.Present.Keys);
        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_namespace_that_is_registered_is_nobody_s_child()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Of("/tenant-0");
            io.Of(new Regex("^/tenant-")).Use((_, _) => throw new ConnectErrorException("members only"));
        });
        await using var client = await host.OpenAsync();

        await client.ConnectAsync("/tenant-0");

        Assert.Single(host.Server.Of("/tenant-0").Sockets);
    }

    [Fact]
    public async Task Many_clients_of_one_new_namespace_make_it_once()
    {
        var created = 0;
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.NamespaceCreated += _ => Interlocked.Increment(ref created);
            io.Of(async (name, _) =>
            {
                await Task.Yield();
                return name == "/late";
            });
        });
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.OpenAsync()));

        await Task.WhenAll(clients.Select(client => client.ConnectAsync("/late")));

        Assert.Equal(1, created);
        Assert.Equal(20, host.Server.Of("/late").Sockets.Count);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    /// <summary>Like those of a cluster they must not exist twice for one name; and they take their time to go.</summary>
    private sealed class ReluctantAdapters : IAdapterFactory
    {
        private readonly InMemoryAdapterFactory _inner = new();
        private volatile bool _isHindered;

        public ConcurrentDictionary<string, string> Present { get; } = new();

        public string WorkerId => _inner.WorkerId;

        public IAdapter Create(IAdapterHost host)
        {
            Add(host.Name);
            var adapter = DispatchProxy.Create<IAdapter, Reluctant>();
            var reluctant = (Reluctant)(object)adapter;
            (reluctant.Inner, reluctant.Gone, reluctant.Back, reluctant.Hindered) =
                (_inner.Create(host), () => Present.TryRemove(host.Name, out _), () => Add(host.Name), () => _isHindered);
            return adapter;
        }

        private void Add(string name)
        {
            if (Present.TryAdd(name, name))
                return;
            _isHindered = true;
            throw new InvalidOperationException("There is an adapter of that name.");
        }
    }

    [SuppressMessage("Performance", "CA1852", Justification = "A DispatchProxy is derived from at run time.")]
    private class Reluctant : DispatchProxy
    {
        public IAdapter Inner { get; set; } = null!;

        public Action Gone { get; set; } = null!;

        public Action Back { get; set; } = null!;

        /// <summary>Whether somebody wants to take its place before it has gone.</summary>
        public Func<bool> Hindered { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(IAdapter.Suspend))
            {
                SpinWait.SpinUntil(Hindered, TimeSpan.FromMilliseconds(20));
                Gone();
            }
            else if (targetMethod.Name == nameof(IAdapter.Resume))
            {
                Back();
            }

            return targetMethod.Invoke(Inner, args);
        }
    }
}
