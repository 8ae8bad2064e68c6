using System.Security.Claims;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>An identity that stays when cookies and <c>Authorization</c> are taken away is of no use to a foreign page either (docs/decisions/0030).</summary>
public class LastingIdentityTests
{
    private const string Proxy = "Host: chat.example\r\nX-Forwarded-User: ada\r\n";
    private const string Cookie = "Cookie: session=of-the-proxy\r\n";

    [Theory]
    [InlineData("none", Cookie)]
    [InlineData("none", "")]
    [InlineData("any", Cookie)]
    [InlineData("any", "")]
    public async Task What_a_proxy_made_of_the_visitors_cookie_does_not_speak_for_a_foreign_page(string policy, string cookie)
    {
        await using var host = await StartAsync(policy);

        Assert.Equal("403", await WhoAsync(host, "https://evil.example", Proxy + cookie));
        Assert.Contains("refused with 403", host.Logs.Lines.Last(), StringComparison.Ordinal);
        Assert.Equal("ada", await WhoAsync(host, "https://chat.example", Proxy + cookie));
        Assert.Equal("ada", await WhoAsync(host, null, Proxy + cookie));
        Assert.Equal("nobody", await WhoAsync(host, "https://evil.example", "Host: chat.example\r\n" + cookie));
    }

    [Fact]
    public async Task The_warning_says_that_the_identity_outlasted_the_credentials()
    {
        await using var host = await StartAsync("none");

        await WhoAsync(host, "https://evil.example", Proxy + Cookie);

        Assert.Contains(host.Logs.Lines, line => line.Contains("authenticated although its credentials were taken away", StringComparison.Ordinal));
        Assert.Equal(1, host.Server.Engine.Counters["refused.foreign-origin"]);
    }

    [Fact]
    public async Task A_page_that_the_policy_allows_with_credentials_keeps_the_identity()
    {
        await using var host = await StartAsync("friends");

        Assert.Equal("ada", await WhoAsync(host, "https://friend.example", Proxy + Cookie));
        Assert.Equal("403", await WhoAsync(host, "https://evil.example", Proxy + Cookie));
    }

    [Fact]
    public async Task What_counts_by_the_port_the_first_time_counts_so_the_second_time()
    {
        await using var host = await StartAsync("none");

        Assert.Equal("403", await WhoAsync(host, "http://chat.example:9999", Proxy + "Authorization: Basic eDp5\r\n"));
    }

    [Fact]
    public async Task Whom_the_web_server_knows_is_nobody_for_a_foreign_page()
    {
        await using var host = await StartAsync("none", new KnownToTheWebServer());

        Assert.Equal("nobody", await WhoAsync(host, "https://evil.example", "Host: chat.example\r\n"));
        Assert.Equal("nobody", await WhoAsync(host, "http://chat.example:9999", "Host: chat.example\r\n"));
        Assert.Equal("ada", await WhoAsync(host, "http://chat.example:8080", "Host: chat.example:8080\r\n"));
        Assert.Equal("ada", await WhoAsync(host, null, "Host: chat.example\r\n"));
    }

    private static Task<SocketIOTestHost> StartAsync(string policy, IStartupFilter? before = null) => SocketIOTestHost.StartAsync(
        io => io.OnConnection(
            socket => socket.On("who", () => new ValueTask<string>(socket.User.Identity is { IsAuthenticated: true, Name: { } name } ? name : "nobody"))),
        services: services =>
        {
            if (before is not null)
                services.Insert(0, ServiceDescriptor.Singleton(before));
            else
                services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, NamedInRequest>("Test", null);
            services.AddAuthorization();
            services.AddCors(cors =>
            {
                cors.AddPolicy("any", any => any.AllowAnyOrigin());
                cors.AddPolicy("friends", friends => friends.WithOrigins("https://friend.example").AllowCredentials());
            });
        },
        use: app =>
        {
            if (policy != "none")
                app.UseCors(policy);
        });

    private static Task<string> WhoAsync(SocketIOTestHost host, string? origin, string headers) => OriginTests.WhoAsync(host, origin, headers);

    /// <summary>As IIS and HTTP.sys with Windows authentication do: the user is there before the application sees the request.</summary>
    private sealed class KnownToTheWebServer : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, next) =>
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "ada")], "Negotiate"));
                return next(context);
            });
            next(app);
        };
    }
}
