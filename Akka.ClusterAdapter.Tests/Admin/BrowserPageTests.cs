using System.Text.Json;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Clients;
using Akka.ClusterAdapter.Tests.Interop;
using Akka.ClusterAdapter.Tests.Primary;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Admin;

/// <summary>The official page, as npm has it, in a real browser.</summary>
[Collection(BrowserLane.Name)]
public sealed class BrowserPageTests(BrowserLane browsers)
{
    private const string Script = "admin-page.mjs";

    private static readonly string Folder = Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Admin");

    private static readonly string Page = Path.Combine(ChatClient.Scripts, "node_modules", "@socket.io", "admin-ui", "ui", "dist");

    [Fact]
    public async Task It_logs_in_sees_and_commands_three_workers_and_stays_logged_in_when_its_worker_is_killed()
    {
        await using var server = await TestServerProcess.StartAsync(
            "--workers", "3", "--cold", "--admin", $"{Admins.Name}:{Admins.Hash}", "--admin-page", Page);
        var workers = JsonSerializer.Serialize(server.Urls.Zip(server.Workers, static (url, pid) => new { url, pid }));

        await using var page = browsers.Run(Folder, Script, "cluster", server.SharedUrl, workers);

        Assert.True(await page.ExitAsync() == 0 && page.Lines is ["passed"], string.Join('\n', page.Lines) + server.Errors);
    }

    [Fact]
    public async Task Read_only_it_shows_no_buttons_and_what_it_sends_nevertheless_is_refused()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.On("echo", (string text) => text),
            services: services => services.AddSocketIOAdmin(options =>
            {
                Admins.ByPassword(options);
                (options.ReadOnly, options.PageDirectory) = (true, Page);
            }),
            use: app => app.MapSocketIOAdmin());

        await using var page = browsers.Run(Folder, Script, "read-only", host.Uri.GetLeftPart(UriPartial.Authority));

        Assert.True(await page.ExitAsync() == 0 && page.Lines is ["passed"], string.Join('\n', page.Lines));
        Assert.Equal(2, host.Logs.Lines.Count(line => line.Contains("was refused: SocketIOAdminOptions.ReadOnly is set", StringComparison.Ordinal)));
    }
}
