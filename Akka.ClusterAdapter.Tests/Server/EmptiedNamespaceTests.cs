using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>
/// A namespace that was made from a pattern and emptied stays the same one for whoever kept it. It costs nothing when nobody did (docs/decisions/0055).
/// </summary>
public class EmptiedNamespaceTests
{
    private bool _wasAdded;

    [Fact]
    public async Task A_middleware_that_is_added_to_one_that_was_kept_guards_it()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of(new Regex("^/tenant-")));
        await using var client = await host.ConnectAsync("/tenant-1");
        var kept = host.Server.Of("/tenant-1");
        await EmptyAsync(host, client, "/tenant-1");

        kept.Use((_, _) => throw new ConnectErrorException("closed"));

        await client.SendAsync("40/tenant-1,");
        await client.ExpectAsync("44/tenant-1,{\"message\":\"closed\"}");
    }

    [Fact]
    public async Task One_that_a_predicate_made_keeps_the_middlewares_of_its_kind_whatever_is_added()
    {
        var isOpen = true;
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of((name, _) => new ValueTask<bool>(name == "/private"))
            .Use((_, next) => Volatile.Read(ref isOpen) ? next() : throw new ConnectErrorException("members only")));
        await using var client = await host.ConnectAsync("/private");
        var kept = host.Server.Of("/private");
        await EmptyAsync(host, client, "/private");
        Volatile.Write(ref isOpen, false);

        using var added = kept.OnServerSide("cleared", () => ValueTask.CompletedTask);

        await client.SendAsync("40/private,");
        await client.ExpectAsync("44/private,{\"message\":\"members only\"}");
    }

    [Fact]
    public async Task Handlers_that_are_added_to_one_that_was_kept_are_called_and_keep_it()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of(new Regex("^/tenant-")));
        await using var client = await host.ConnectAsync("/tenant-1");
        var kept = host.Server.Of("/tenant-1");
        await EmptyAsync(host, client, "/tenant-1");

        using var added = kept.OnServerSide("cleared", () => ValueTask.CompletedTask);
        kept.OnConnection(socket => socket.EmitAsync("hello"));
        await client.ConnectAsync("/tenant-1");
        await client.ExpectAsync("42/tenant-1,[\"hello\"]");
        await client.SendAsync("41/tenant-1,");
        await Eventually.TrueAsync(() => kept.Sockets.Count == 0);

        Assert.Contains(kept, host.Server.Namespaces);
    }

    [Fact]
    public async Task What_was_added_when_it_was_made_is_there_once_when_it_is_made_anew()
    {
        var (asked, changes) = (0, 0);
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.NamespaceCreated += ns =>
            {
                ns.Adapter.RoomChanged += room => Interlocked.Add(ref changes, room.Kind == RoomEventKind.Joined ? 1 : 0);
                ns.Use((_, next) =>
                {
                    Interlocked.Increment(ref asked);
                    return next();
                });
            };
            io.Of(new Regex("^/tenant-"));
        });
        await using var client = await host.ConnectAsync("/tenant-1");
        var kept = host.Server.Of("/tenant-1");

        for (var i = 0; i < 3; i++)
        {
            await EmptyAsync(host, client, "/tenant-1");
            await client.ConnectAsync("/tenant-1");
        }

        Assert.Equal((4, 4), (asked, changes));
        Assert.Same(kept, host.Server.Of("/tenant-1"));
    }

    [Fact]
    public async Task What_another_thread_adds_while_it_is_being_made_is_never_lost()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.NamespaceCreated += ns =>
            {
                var guard = new Thread(() => ns.Use((_, _) => throw new ConnectErrorException("closed")));
                if (Interlocked.Exchange(ref _wasAdded, true))
                    return; // once only, as somebody who adds it by hand
                guard.Start();
                guard.Join();
            };
            io.Of(new Regex("^/tenant-"));
        });
        await using var client = await host.OpenAsync();

        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("40/tenant-1,");
            await client.ExpectAsync("44/tenant-1,{\"message\":\"closed\"}");
        }
    }

    [Fact]
    public async Task What_is_sent_on_one_that_was_kept_is_not_recorded_for_nobody()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of(new Regex("^/tenant-")),
            options => options.ConnectionStateRecovery = new SessionStoreOptions());
        await using var client = await host.ConnectAsync("/tenant-1");
        var kept = host.Server.Of("/tenant-1");
        await EmptyAsync(host, client, "/tenant-1");

        for (var i = 0; i < 10; i++)
            await kept.EmitAsync("nobody", i);

        Assert.Equal((0, 0L), host.Server.Sessions!.Size);
        await client.ConnectAsync("/tenant-1");
        await kept.EmitAsync("somebody");
        Assert.StartsWith("42/tenant-1,[\"somebody\",\"", await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.NotEqual(0, host.Server.Sessions.Size.Bytes);
    }

    [Fact]
    public async Task A_broadcast_in_a_disconnect_handler_reaches_those_who_came_meanwhile()
    {
        var gate = new TaskCompletionSource();
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of(new Regex("^/tenant-")).OnConnection(socket => socket.OnDisconnect(async _ =>
        {
            await gate.Task;
            await socket.Broadcast.EmitAsync("left");
        })));
        await using var client = await host.ConnectAsync("/tenant-1");
        await EmptyAsync(host, client, "/tenant-1");
        await using var other = await host.ConnectAsync("/tenant-1");

        gate.SetResult();

        await other.ExpectAsync("42/tenant-1,[\"left\"]");
    }

    [Fact]
    public async Task Nothing_is_sent_on_one_that_was_kept_once_the_server_is_closed()
    {
        var adapters = new AdapterLog();
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of(new Regex("^/tenant-")), services: services => services.AddSocketIO().UseAdapter(adapters));
        await using var client = await host.ConnectAsync("/tenant-1");
        var kept = host.Server.Of("/tenant-1");
        await EmptyAsync(host, client, "/tenant-1");

        await host.Server.CloseAsync();

        Assert.Equal(["/", "/tenant-1"], adapters.Disposed.Order());
        GC.KeepAlive(kept);
    }

    [Fact]
    public async Task Names_that_nobody_holds_are_forgotten_however_many_clients_make()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of(new Regex("^/tenant-")));
        await using var client = await host.OpenAsync();

        for (var i = 0; i < 1_500; i++)
        {
            await client.ConnectAsync($"/tenant-{i}");
            await client.SendAsync($"41/tenant-{i},");
            if (i % 100 == 99)
                GC.Collect();
        }

        await Eventually.TrueAsync(() => host.Server.Namespaces.Count == 1, "all of them are emptied");
        Assert.InRange(host.Server.Table.EmptiedCount, 1, 750);
    }

    private static async Task EmptyAsync(SocketIOTestHost host, WireClient client, string name)
    {
        await client.SendAsync($"41{name},");
        await Eventually.TrueAsync(() => host.Server.Namespaces.All(ns => ns.Name != name), "the namespace is emptied");
    }
}
