using System.Net;
using Akka.ClusterAdapter.Tests.Gateway;
using Akka.ClusterAdapter.Tests.Hostile;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SessionId = Akka.ClusterAdapter.Engine.Sessions.SessionId;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary><c>RequireAuthorization</c> with the schemes that applications use (issue 16, 26a).</summary>
public sealed class AuthorizedHandshakeTests : IDisposable
{
    private const string Poll = "/socket.io/?EIO=4&transport=polling";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("bundle");

    [Fact]
    public async Task With_the_cookie_scheme_a_handshake_gets_401_and_no_redirection()
    {
        await using var host = await StartAsync(services => services.AddAuthentication("Cookies").AddCookie("Cookies"));
        using var http = Client(host);

        using var poll = await http.GetAsync(Poll);
        var upgrade = await UpgradeAsync(host, "EIO=4&transport=websocket", "");

        Assert.Equal(HttpStatusCode.Unauthorized, poll.StatusCode);
        Assert.StartsWith("HTTP/1.1 401 ", upgrade, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_any_other_scheme_would_redirect_gets_401_without_a_cookie_for_the_way()
    {
        await using var host = await StartAsync(services => services.AddAuthentication("Cookies").AddCookie(
            "Cookies", cookie => cookie.Events.OnRedirectToLogin = login =>
            {
                login.Response.Headers.SetCookie = "nonce=1";
                login.Response.Redirect("https://identity.example");
                return Task.CompletedTask;
            }));
        using var http = Client(host);

        using var poll = await http.GetAsync(Poll);

        Assert.Equal(HttpStatusCode.Unauthorized, poll.StatusCode);
        Assert.False(poll.Headers.Contains("Set-Cookie"));
        Assert.Null(poll.Headers.Location);
        Assert.True(poll.Headers.CacheControl!.NoStore);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_client_is_served_to_everybody(bool byFallbackPolicy)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "socket.io.js"), "/* client */");
        await using var host = await StartAsync(
            services =>
            {
                services.AddAuthentication("Cookies").AddCookie("Cookies");
                if (byFallbackPolicy)
                    services.AddAuthorizationBuilder()
                        .SetFallbackPolicy(new Microsoft.AspNetCore.Authorization.AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
            },
            byFallbackPolicy ? OnlyTheFallback : null);
        using var http = Client(host);

        using var file = await http.GetAsync("/socket.io/socket.io.js");
        using var poll = await http.GetAsync(Poll);
        using var trick = await http.GetAsync("/socket.io/SOCKET.IO.JS?EIO=4&transport=polling");
        using var post = await http.PostAsync("/socket.io/socket.io.js?EIO=4&transport=polling", new StringContent("40"));

        Assert.Equal("/* client */", await file.Content.ReadAsStringAsync());
        Assert.Equal(
            (HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (poll.StatusCode, trick.StatusCode, post.StatusCode));
    }

    [Theory]
    [InlineData("", "101")]
    [InlineData("Authorization: User ada\r\n", "101")]
    [InlineData("Cookie: theme=dark\r\n", "101")]
    [InlineData("Cookie: user=expired\r\n", "401")]
    [InlineData("Cookie: user=mallory\r\n", "403")]
    public async Task A_session_that_was_authorized_at_its_handshake_upgrades_without_a_header(string headers, string status)
    {
        await using var host = await StartAsync(NamedUsers, endpoint => endpoint.RequireAuthorization(policy => policy.RequireUserName("ada")));
        using var http = Client(host);
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "User ada");
        var client = await PollingPeer.OpenAsync(http);

        var head = await UpgradeAsync(host, "EIO=4&transport=websocket&sid=" + client.Sid, headers);

        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_else_is_let_in_by_that()
    {
        await using var host = await StartAsync(NamedUsers);
        using var http = Client(host);
        using var stranger = Client(host);
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "User ada");
        var client = await PollingPeer.OpenAsync(http);

        using var poll = await stranger.GetAsync(client.Path);
        using var post = await stranger.PostAsync(client.Path, new StringContent("41"));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (poll.StatusCode, post.StatusCode));
        foreach (var query in new[]
        {
            "EIO=4&transport=websocket",
            "EIO=4&transport=websocket&sid=" + SessionId.Create(host.Server.Engine.Tag),
            "EIO=4&transport=polling&sid=" + client.Sid,
            "EIO=4&transport=websocket&sid=",
        })
            Assert.StartsWith("HTTP/1.1 401 ", await UpgradeAsync(host, query, ""), StringComparison.Ordinal);
        Assert.Equal(1, host.Server.Engine.SessionCount);
    }

    [Fact]
    public async Task The_upgrade_may_reach_another_worker()
    {
        await using var hosts = await RoutedHosts.StartAsync(
            services: NamedUsers, map: endpoint => endpoint.RequireAuthorization(), secondServices: NamedUsers);
        using var handshake = await hosts.SendAsync(hosts.One, HttpMethod.Get, headers: [("Authorization", "User ada")]);
        var open = await handshake.Content.ReadAsStringAsync();
        var sid = System.Text.Json.JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()!;

        using var socket = await RoutedHosts.UpgradeAsync(hosts.Two, sid);
        await RoutedHosts.SendAsync(socket, "2probe");

        Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));
        Assert.StartsWith(
            "HTTP/1.1 400 ",
            await UpgradeAsync(hosts.Two, "EIO=4&transport=websocket&sid=" + SessionId.Create(hosts.One.Server.Engine.Tag), ""),
            StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 401 ", await UpgradeAsync(hosts.Two, "EIO=4&transport=websocket", ""), StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static void OnlyTheFallback(IEndpointConventionBuilder endpoint)
    {
    }

    private static void NamedUsers(IServiceCollection services)
    {
        services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, NamedInRequest>("Test", null);
        services.AddAuthorization();
    }

    private static HttpClient Client(SocketIOTestHost host) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = host.Uri };

    private static async Task<string> UpgradeAsync(SocketIOTestHost host, string query, string headers)
    {
        using var raw = await RawSocket.DialAsync(host.Uri);
        await raw.SendAsciiAsync(RawSocket.Upgrade(query, headers));
        return await raw.ReadHeadAsync();
    }

    private Task<SocketIOTestHost> StartAsync(
        Action<IServiceCollection> services, Action<IEndpointConventionBuilder>? map = null) => SocketIOTestHost.StartAsync(
        _ => { },
        options => options.ClientBundleDirectory = _directory.EnumerateFiles().Any() ? _directory.FullName : null,
        services: all =>
        {
            all.AddAuthorization();
            services(all);
        },
        map: map ?? (endpoint => endpoint.RequireAuthorization()));
}
