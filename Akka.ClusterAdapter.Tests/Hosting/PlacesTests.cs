using System.Net;
using System.Text.Json;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clients;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Servers in groups, branches and behind prefixes (issue 18, part 6).</summary>
public sealed class PlacesTests
{
    [Theory]
    [InlineData("/api/socket.io", "grouped", "polling,websocket")]
    [InlineData("/api/socket.io", "grouped", "websocket")]
    [InlineData("/tenants/7/socket.io", "parameter", "polling,websocket")]
    [InlineData("/base/socket.io", "base", "polling,websocket")]
    [InlineData("/socket.io", "base", "polling,websocket")]
    [InlineData("/branch/socket.io", "branch", "polling,websocket")]
    [InlineData("/branch/socket.io", "branch", "websocket")]
    public async Task The_real_client_finds_it(string path, string place, string transports)
    {
        await using var host = await SeveralHost.StartAsync(static services => services.AddSocketIO(WithBundle), app => Map(app, place));
        using var http = new HttpClient();

        await NodeClient.PassesAsync("place", "socket.io-client", transports, host.Uri.ToString(), path, "{}", "{}", place);

        var bundle = await http.GetAsync(new Uri(host.Uri, path + "/socket.io.js"));
        Assert.Equal((HttpStatusCode.OK, "application/javascript"), (bundle.StatusCode, bundle.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("grouped", "/api/socket.io")]
    [InlineData("base", "/base/socket.io")]
    [InlineData("branch", "/branch/socket.io")]
    public async Task Workers_forward_to_each_other_whatever_the_prefix(string place, string path)
    {
        await using var workers = await PlacedWorkers.StartAsync(place);
        using var http = new HttpClient();
        var sid = await OpenAsync(http, workers.Url(0), path);
        using var post = await http.PostAsync(At(workers.Url(1), path, sid), new StringContent("40"));
        var poll = await http.GetStringAsync(At(workers.Url(1), path, sid));

        // A stopping worker sends new ones on, through the other's pipeline.
        workers.Server(1).Engine.BeginDrain();
        var moved = await OpenAsync(http, workers.Url(1), path);

        Assert.StartsWith("40{", poll, StringComparison.Ordinal);
        Assert.NotEqual(sid, moved);
        Assert.Equal(2, workers.Server(0).Engine.SessionCount);
        await NodeClient.PassesAsync("place", "socket.io-client", "polling,websocket", workers.Url(0).ToString(), path, "{}", "{}", place);
    }

    [Fact]
    public async Task A_cookie_carries_the_path_it_was_given_whatever_the_prefix()
    {
        await using var host = await SeveralHost.StartAsync(
            static services => services.AddSocketIO(static options => options.Cookie = new EngineCookie { Path = "/base/socket.io" }),
            static app => Map(app, "base"));
        using var http = new HttpClient();

        using var open = await http.GetAsync(At(host.Uri, "/base/socket.io"));

        Assert.Contains("; Path=/base/socket.io;", Assert.Single(open.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    /// <summary>Puts the server where a test wants it.</summary>
    internal static void Map(WebApplication app, string place)
    {
        switch (place)
        {
            case "grouped":
                app.MapGroup("/api").MapSocketIO(io => SeveralHost.Answer(io, place));
                break;
            case "parameter":
                app.MapGroup("/tenants/{tenant}").MapSocketIO(io => SeveralHost.Answer(io, place));
                break;
            case "base":
                app.UsePathBase("/base");
                app.UseRouting();
                app.MapSocketIO(io => SeveralHost.Answer(io, place));
                break;
            default:
                app.Map("/branch", branch => branch.UseRouting().UseEndpoints(endpoints => endpoints.MapSocketIO(io => SeveralHost.Answer(io, place))));
                break;
        }
    }

    private static void WithBundle(SocketIOOptions options) => options.ClientBundleDirectory = NodeClient.Bundle;

    private static async Task<string> OpenAsync(HttpClient http, Uri server, string path)
    {
        var open = await http.GetStringAsync(At(server, path));
        return JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()!;
    }

    private static Uri At(Uri server, string path, string? sid = null) => new(server, $"{path}/?EIO=4&transport=polling{(sid is null ? "" : "&sid=" + sid)}");
}
