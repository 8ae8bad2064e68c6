using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Admin;

/// <summary>What an admin page may do.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Commands_reach_sockets_of_all_workers()
    {
        await using var cluster = await Admins.ClusterAsync(2, Admins.Open);
        await using var page = await cluster[0].ConnectAsync("/admin");
        await using var ada = await cluster[1].ConnectAsync();
        await using var bob = await cluster[1].ConnectAsync();

        await page.EmitArgsAsync("emit", ["/", null, "all", 1, "two", new[] { 3 }]);
        var (one, two, three) = await ada.WaitForAsync<int, string, int[]>("all");
        Assert.Equal("1 two 3", $"{one} {two} {Assert.Single(three)}");
        await bob.WaitForAsync("all");
        await page.EmitArgsAsync("emit", ["/", bob.Id, "one"]);
        await bob.WaitForAsync("one");
        await page.EmitArgsAsync("join", ["/", "blue", ada.Id]);
        await Eventually.TrueAsync(() => ada.Socket.Rooms.Contains("blue"));
        await page.EmitArgsAsync("emit", ["/", "blue", "blues"]);
        await ada.WaitForAsync("blues");
        await page.EmitArgsAsync("join", ["/", "everybody"]);
        await Eventually.TrueAsync(() => ada.Socket.Rooms.Contains("everybody") && bob.Socket.Rooms.Contains("everybody"));
        await page.EmitArgsAsync("leave", ["/", "blue", ada.Id]);
        await Eventually.TrueAsync(() => !ada.Socket.Rooms.Contains("blue"));
        await page.EmitArgsAsync("_disconnect", ["/", false, ada.Id]);
        Assert.Equal("io server disconnect", await ada.WaitForDisconnectAsync());
        Assert.True(ada.Connection.IsOpen);
        await page.EmitArgsAsync("_disconnect", ["/", true]);
        await bob.WaitForDisconnectAsync();
        await Eventually.TrueAsync(() => cluster[1].Server.Engine.SessionCount == 1);

        Assert.DoesNotContain(bob.Received, message => message.Name is "blues");
    }

    [Fact]
    public async Task A_namespace_that_only_another_worker_has_is_reached_and_none_is_made()
    {
        await using var cluster = await Admins.ClusterAsync(2, Admins.Open, io => io.Of(new Regex("^/tenant-")).OnConnection(_ => { }));
        await using var page = await cluster[0].ConnectAsync("/admin");
        await using var client = await cluster[1].ConnectAsync("/tenant-1");

        await page.EmitArgsAsync("emit", ["/nobody", null, "x"]);
        await page.EmitArgsAsync("join", ["/tenant-2", "blue"]);
        await page.EmitArgsAsync("emit", ["/tenant-1", null, "told", "text", new { n = 1 }]);

        Assert.Equal("text", await client.WaitForAsync<string>("told"));
        await page.EmitArgsAsync("join", ["/tenant-1", "blue"]);
        await Eventually.TrueAsync(() => client.Socket.Rooms.Contains("blue"));
        Assert.Equal(["/", "/admin"], cluster[0].Server.Namespaces.Select(ns => ns.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["/", "/admin", "/tenant-1"], cluster[1].Server.Namespaces.Select(ns => ns.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Read_only_refuses_on_the_server_whatever_a_page_sends()
    {
        var logs = new LogRecorder();
        await using var cluster = await Admins.ClusterAsync(2, options =>
        {
            Admins.Open(options);
            options.ReadOnly = true;
        }, options: options => options.Services.AddSingleton<ILoggerProvider>(logs));
        await using var page = await cluster[0].ConnectAsync("/admin");
        await using var client = await cluster[1].ConnectAsync();

        await page.EmitArgsAsync("emit", ["/", null, "x"]);
        await page.EmitArgsAsync("join", ["/", "blue"]);
        await page.EmitArgsAsync("leave", ["/", client.Id]);
        await page.EmitArgsAsync("_disconnect", ["/", true]);
        await Eventually.TrueAsync(
            () => logs.Lines.Count(line => line.EndsWith("was refused: SocketIOAdminOptions.ReadOnly is set. ", StringComparison.Ordinal)) == 4,
            () => string.Join('\n', logs.Lines));
        await cluster[1].Server.EmitAsync("last");
        await client.WaitForAsync("last");

        Assert.Equal((true, 1), (client.Connected, client.Socket.Rooms.Count));
        Assert.DoesNotContain(client.Received, message => message.Name == "x");
        var config = Assert.Single(page.Received, message => message.Name == "config");
        Assert.DoesNotContain("EMIT", Admins.Arguments(config)[0].GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_command_is_written_to_the_log_with_who_gave_it_and_without_its_arguments()
    {
        var logs = new LogRecorder(LogLevel.Information);
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, services: services =>
        {
            services.AddSocketIOAdmin(Admins.ByPassword);
            services.AddSingleton<ILoggerProvider>(logs);
        });
        await using var page = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin", Admins.Login);

        for (var i = 0; i < 50; i++)
            await page.EmitArgsAsync("join", ["/", "r"]);
        await page.EmitArgsAsync("emit", ["/", "blue\nred", "news", "a secret"]);

        await Eventually.TrueAsync(() => Commands().Length == 51, () => string.Join('\n', logs.Lines));
        Assert.Equal("Information: Admin command of ada at 127.0.0.1: Emit \"news\" in / for blue\\u000Ared (closing connections: False). ", Commands()[^1]);
        Assert.DoesNotContain(
            logs.Lines, line => line.Contains("a secret", StringComparison.Ordinal) || line.Contains(Admins.Password, StringComparison.Ordinal));

        string[] Commands() => [.. logs.Lines.Where(line => line.Contains("Admin command", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task What_is_no_command_is_refused()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, services: services => services.AddSocketIOAdmin(Admins.Open));
        await using var page = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin");
        object?[][] wrong =
        [
            ["emit"], ["emit", 7, null, "x"], ["emit", "/", null, "disconnect"], ["emit", "/", null, new string('x', 300)],
            ["emit", "/", new string('x', 300), "x"], ["emit", "/", null, null],
            ["join", "/", ""], ["join", "/", new string('x', 300)], ["leave", "/"], ["_disconnect", new { }, true], ["_disconnect"],
        ];

        foreach (var command in wrong)
            await page.EmitArgsAsync((string)command[0]!, command[1..]);

        await Eventually.TrueAsync(
            () => host.Logs.Lines.Count(line => line.Contains("was refused", StringComparison.Ordinal)) == wrong.Length,
            () => string.Join('\n', host.Logs.Lines));
        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.True(page.Connected);
    }

    [Fact]
    public async Task Commands_that_come_too_fast_are_refused()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, services: services => services.AddSocketIOAdmin(Admins.Open));
        await using var page = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin");

        for (var i = 0; i < 300; i++)
            await page.EmitArgsAsync("join", ["/", "r"]);

        await Eventually.TrueAsync(() => host.Logs.Lines.Any(line => line.Contains("there are more than 20 in a second", StringComparison.Ordinal)));
    }
}
