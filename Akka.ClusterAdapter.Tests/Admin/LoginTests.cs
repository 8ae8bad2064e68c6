using System.Security.Claims;
using System.Text.Json;
using Akka.ClusterAdapter.Admin;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Admin;

/// <summary>Who may open an admin page.</summary>
public sealed class LoginTests
{
    [Fact]
    public async Task A_password_lets_in_and_gives_a_session_that_every_worker_knows()
    {
        await using var cluster = await Admins.ClusterAsync(2, Admins.ByPassword);

        await using var page = await cluster[0].ConnectAsync("/admin", Admins.Login);
        var session = await page.WaitForAsync<string>("session");
        await using var again = await cluster[1].ConnectAsync("/admin", new { sessionId = session });
        await using var both = await cluster[1].ConnectAsync("/admin", new { sessionId = session, username = Admins.Name, password = "wrong" });

        Assert.True(session!.Length >= 43, "It has 256 random bits.");
        Assert.Equal(
            ["AGGREGATED_EVENTS", "ALL_EVENTS", "DISCONNECT", "EMIT", "JOIN", "LEAVE", "MDISCONNECT", "MJOIN", "MLEAVE"],
            Features(await again.WaitForAsync<JsonElement>("config")));
        Assert.DoesNotContain(again.Received.Concat(both.Received), message => message.Name == "session");
    }

    [Fact]
    public async Task A_worker_that_comes_later_asks_the_others_for_a_session_that_it_does_not_know()
    {
        await using var cluster = await Admins.ClusterAsync(1, Admins.ByPassword);
        string? session;
        await using (var page = await cluster[0].ConnectAsync("/admin", Admins.Login))
            session = await page.WaitForAsync<string>("session");
        var late = await cluster.AddWorkerAsync();

        await using var again = await late.ConnectAsync("/admin", new { sessionId = session });

        Assert.Equal(1, Admins.Of(late.Services).Sessions!.Count);
        var sessionOfNobody = await Assert.ThrowsAsync<ConnectRefusedException>(() => late.ConnectAsync("/admin", new { sessionId = session + "x" }));
        Assert.Equal("invalid credentials", sessionOfNobody.Message);
    }

    public static TheoryData<string> WrongLogins =>
    [
        "{}", "{\"username\":\"ada\"}", "{\"username\":\"ada\",\"password\":\"\"}", "{\"username\":\"eve\",\"password\":\"correct horse\"}",
        "{\"username\":\"ada\",\"password\":7}", "{\"username\":\"ada\",\"password\":\"wrong\"}", "{\"sessionId\":\"guessed\"}",
        "{\"sessionId\":{}}", "{\"sessionId\":null,\"username\":[],\"password\":{}}",
    ];

    [Theory]
    [MemberData(nameof(WrongLogins))]
    public async Task Whoever_shows_something_else_is_told_invalid_credentials(string auth)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, services: services => services.AddSocketIOAdmin(Admins.ByPassword));
        await using var client = await host.OpenAsync();

        await client.SendAsync("40/admin," + auth);

        Assert.Equal("44/admin,{\"message\":\"invalid credentials\"}", await client.ReceiveAsync());
        Assert.Equal(0, Admins.Of(host.Services).Sessions!.Count);
    }

    [Fact]
    public async Task An_address_that_has_tried_too_often_is_not_asked_any_more_but_a_known_session_is_let_in()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, services: services => services.AddSocketIOAdmin(Admins.ByPassword));
        string? session;
        await using (var page = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin", Admins.Login))
            session = await page.WaitForAsync<string>("session");

        for (var i = 0; i < 10; i++)
            await Assert.ThrowsAsync<ConnectRefusedException>(
                () => SocketIOTestClient.ConnectAsync(host.Uri, "/admin", new { username = Admins.Name, password = "wrong" }));
        var right = await Assert.ThrowsAsync<ConnectRefusedException>(() => SocketIOTestClient.ConnectAsync(host.Uri, "/admin", Admins.Login));
        await using var known = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin", new { sessionId = session });

        Assert.Equal("invalid credentials", right.Message);
        Assert.Contains(host.Logs.Lines, line => line.Contains("has tried too often", StringComparison.Ordinal));
        Assert.DoesNotContain(
            host.Logs.Lines, line => line.Contains("correct horse", StringComparison.Ordinal) || line.Contains("\"wrong\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_policy_of_the_application_decides()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            _ => { },
            services: services =>
            {
                services.AddAuthorization(options => options.AddPolicy("operators", policy => policy.RequireRole("operator")));
                services.AddSocketIOAdmin(options => options.Policy = "operators");
            },
            use: app => app.Use((HttpContext context, RequestDelegate next) =>
            {
                if (context.Request.Headers["X-Role"].ToString() is { Length: > 0 } role)
                    context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "Ada"), new Claim(ClaimTypes.Role, role)], "test"));
                return next(context);
            }));

        await using var allowed = await ConnectAsync("operator");

        Assert.Equal("forbidden", (await Assert.ThrowsAsync<ConnectRefusedException>(() => ConnectAsync("guest"))).Message);
        Assert.Equal("unauthorized", (await Assert.ThrowsAsync<ConnectRefusedException>(() => ConnectAsync(""))).Message);
        Assert.Equal(["Ada"], Admins.Of(host.Services).Pages.All.Select(page => page.Who));

        Task<SocketIOTestClient> ConnectAsync(string role) =>
            SocketIOTestClient.ConnectAsync(host.Uri, "/admin", configure: options => options.Headers["X-Role"] = role);
    }

    [Fact]
    public async Task A_page_that_comes_back_to_its_recovered_session_is_asked_again()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            _ => { }, options => options.ConnectionStateRecovery = new SessionStoreOptions { SkipMiddlewares = true },
            services => services.AddSocketIOAdmin(Admins.ByPassword));
        await using var page = await host.OpenAsync();
        await page.SendAsync("40/admin,{\"username\":\"ada\",\"password\":\"correct horse\"}");
        var reply = await page.ReceiveAsync();
        var pid = JsonDocument.Parse(reply.AsMemory("40/admin,".Length)).RootElement.GetProperty("pid").GetString();
        // An offset is what a recovery needs.
        var socket = host.Server.Of("/admin").Sockets.Values.Single();
        await socket.EmitAsync("recorded");
        string message;
        while (!(message = await page.ReceiveAsync()).Contains("recorded", StringComparison.Ordinal))
        {
        }

        var offset = JsonDocument.Parse(message.AsMemory(message.IndexOf('[', StringComparison.Ordinal))).RootElement[1].GetString();
        await page.DisposeAsync();
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 0);
        await using var thief = await host.OpenAsync();

        await thief.SendAsync($"40/admin,{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}");

        Assert.Equal("44/admin,{\"message\":\"invalid credentials\"}", await thief.ReceiveAsync());
    }

    [Fact]
    public void Sessions_end_by_themselves_and_are_bounded_in_number()
    {
        var time = new FakeTimeProvider();
        var sessions = new AdminSessions(time, TimeSpan.FromHours(1), "secret");
        var (id, key) = sessions.Create();
        Assert.Equal((TimeSpan.FromHours(1), key), (sessions.RestOf(key), sessions.KeyOf(id)));
        Assert.NotEqual(key, new AdminSessions(time, TimeSpan.FromHours(1), "another password").KeyOf(id));

        time.Advance(TimeSpan.FromMinutes(59));
        for (var i = 0; i < AdminSessions.Most - 1; i++)
            sessions.Learn(sessions.KeyOf($"other {i}")!, TimeSpan.FromDays(9));
        Assert.Equal(TimeSpan.FromMinutes(1), sessions.RestOf(key));
        Assert.Equal(TimeSpan.FromHours(1), sessions.RestOf(sessions.KeyOf("other 0")!));

        // The one that ends first makes room.
        sessions.Create();
        Assert.Equal((TimeSpan.Zero, AdminSessions.Most), (sessions.RestOf(key), sessions.Count));

        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.Zero, sessions.RestOf(sessions.KeyOf("other 5")!));
        sessions.Learn("no key", TimeSpan.FromHours(1));
        sessions.Learn(sessions.Create().Key, TimeSpan.FromHours(-1));
        Assert.Equal(1, sessions.Count);
    }

    private static IEnumerable<string> Features(JsonElement config) =>
        config.GetProperty("supportedFeatures").EnumerateArray().Select(feature => feature.GetString()!).Order(StringComparer.Ordinal);
}
