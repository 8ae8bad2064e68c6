using Akka.ClusterAdapter.Tests.Hostile;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>
/// Which pages may begin a session with a WebSocket, and with whose rights (issue 16, B13): every way of giving a CORS policy, every way in which a proxy
/// leaves the host, with and without a cookie, with and without the browser's own word.
/// </summary>
public class OriginTests
{
    private const string Friend = "https://friend.example";

    /// <summary>How a page's handshake arrives, and whether that shows it to be the application's own.</summary>
    private static readonly (string What, string Origin, string Headers, bool IsOwn)[] Arrivals =
    [
        ("straight", "http://chat.example:8080", "Host: chat.example:8080\r\n", true),
        ("nginx, Host $host: the port is lost", "http://chat.example:8080", "Host: chat.example\r\n", true),
        ("nginx in a container, Host $host:$server_port: another port", "http://chat.example:8080", "Host: chat.example:80\r\n", true),
        ("TLS ends at the proxy", "https://chat.example", "Host: chat.example\r\n", true),
        ("an address of version 6", "http://[::1]:8080", "Host: [::1]\r\n", true),
        (
            "YARP and Apache: Host replaced, X-Forwarded-Host", "https://chat.example:8443",
            "Host: 127.0.0.1:5000\r\nX-Forwarded-Host: chat.example:8443\r\nX-Forwarded-Proto: https\r\n", true),
        ("two proxies", "https://chat.example", "Host: inner\r\nX-Forwarded-Host: chat.example, edge:8080\r\n", true),
        ("RFC 7239", "https://chat.example", "Host: inner\r\nForwarded: for=192.0.2.1;host=\"chat.example\";proto=https, for=10.0.0.1\r\n", true),
        ("Host replaced and nothing else, the browser's word", "https://chat.example", "Host: backend\r\nSec-Fetch-Site: same-origin\r\n", true),
        ("another port of the host, the browser's word", "http://chat.example:5173", "Host: chat.example:8080\r\nSec-Fetch-Site: same-site\r\n", true),
        ("nginx's default: Host replaced and nothing else", "https://chat.example", "Host: backend\r\n", false),
        ("a page without TLS on a host with it", "http://chat.example", "Host: chat.example\r\nX-Forwarded-Proto: https\r\n", false),
        ("a page without TLS, RFC 7239", "http://chat.example", "Host: inner\r\nForwarded: for=192.0.2.1;host=chat.example;proto=https\r\n", false),
        (
            "a page without TLS, RFC 7239 as it may be written", "http://chat.example",
            "Host: chat.example\r\nForwarded: for=192.0.2.1; Proto=\"HTTPS\"\r\n", false),
        ("a page without TLS, in capitals", "http://chat.example", "Host: chat.example\r\nX-Forwarded-Proto: HTTPS\r\n", false),
        (
            "a page without TLS, where the headers disagree", "http://chat.example",
            "Host: chat.example\r\nX-Forwarded-Proto: http\r\nForwarded: proto=https\r\n", false),
        (
            "a page without TLS on a host without it", "http://chat.example",
            "Host: inner\r\nForwarded: host=chat.example;proto=http\r\nX-Forwarded-Proto: http\r\n", true),
        ("foreign by the browser's word", "https://chat.example", "Host: chat.example\r\nSec-Fetch-Site: cross-site\r\n", false),
        ("foreign", "https://evil.example", "Host: chat.example\r\n", false),
        ("foreign, behind a proxy", "https://evil.example", "Host: inner\r\nX-Forwarded-Host: chat.example\r\n", false),
        ("a name that only begins alike", "https://chat.example.evil.example", "Host: chat.example\r\n", false),
        ("a sibling", "https://files.chat.example", "Host: chat.example\r\nSec-Fetch-Site: same-site\r\n", false),
        ("no origin", "null", "Host: chat.example\r\n", false),
        ("a friend", Friend, "Host: chat.example\r\nSec-Fetch-Site: cross-site\r\n", false),
    ];

    private static readonly Dictionary<
        string, (Action<WebApplication> Use, Action<IEndpointConventionBuilder> Map, Allowance Friends, Allowance Others)> Policies = new()
        {
            ["none"] = (_ => { }, _ => { }, Allowance.Anonymous, Allowance.Anonymous),
            ["UseCors and the default policy"] = (app => app.UseCors(), _ => { }, Allowance.Full, Allowance.None),
            ["UseCors with a name"] = (app => app.UseCors("named"), _ => { }, Allowance.Full, Allowance.None),
            ["UseCors with a lambda"] = (app => app.UseCors(Friends), _ => { }, Allowance.Full, Allowance.None),
            ["UseCors before UseRouting"] = (app => app.UseCors("named").UseRouting(), _ => { }, Allowance.Full, Allowance.None),
            ["RequireCors with a name"] = (app => app.UseCors(), endpoint => endpoint.RequireCors("named"), Allowance.Full, Allowance.None),
            ["RequireCors with a lambda"] = (app => app.UseCors("any"), endpoint => endpoint.RequireCors(Friends), Allowance.Full, Allowance.None),
            ["EnableCors"] = (app => app.UseCors("any"), endpoint => endpoint.WithMetadata(new EnableCorsAttribute("named")), Allowance.Full, Allowance.None),
            ["EnableCors without a name"] = (
            app => app.UseCors(Friends), endpoint => endpoint.WithMetadata(new EnableCorsAttribute()), Allowance.Full, Allowance.None),
            ["DisableCors"] = (
            app => app.UseCors("named"), endpoint => endpoint.WithMetadata(new DisableCorsAttribute()), Allowance.Anonymous, Allowance.Anonymous),
            ["without credentials"] = (app => app.UseCors(policy => policy.WithOrigins(Friend)), _ => { }, Allowance.Anonymous, Allowance.None),
            ["any origin, by the endpoint"] = (app => app.UseCors(), endpoint => endpoint.RequireCors("any"), Allowance.Anonymous, Allowance.Anonymous),
            ["any origin, by the middleware"] = (app => app.UseCors(policy => policy.AllowAnyOrigin()), _ => { }, Allowance.Anonymous, Allowance.Anonymous),
        };

    private enum Allowance
    {
        None,
        Anonymous,
        Full,
    }

    public static TheoryData<string> Names => [.. Policies.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_page_gets_what_the_policy_gives_it(string policy)
    {
        var (use, map, friends, others) = Policies[policy];
        await using var host = await StartAsync(use, map);

        foreach (var (what, origin, headers, isOwn) in Arrivals)
        {
            var allowance = isOwn ? Allowance.Full : origin == Friend ? friends : others;

            Assert.Equal((what, Expected(allowance, "ada")), (what, await WhoAsync(host, origin, headers + "Cookie: user=ada\r\n")));
            Assert.Equal((what, Expected(allowance, null)), (what, await WhoAsync(host, origin, headers)));
        }
    }

    [Fact]
    public async Task Credentials_that_belong_to_a_port_need_the_same_port()
    {
        await using var host = await StartAsync(_ => { }, _ => { });

        Assert.Equal("ada", await WhoAsync(host, "http://chat.example:8080", "Host: chat.example:8080\r\nAuthorization: User ada\r\n"));
        Assert.Equal("nobody", await WhoAsync(host, "http://chat.example:9999", "Host: chat.example:8080\r\nAuthorization: User ada\r\n"));
        Assert.Equal("nobody", await WhoAsync(host, "http://chat.example:9999", "Host: chat.example\r\nAuthorization: User ada\r\n"));
        Assert.Equal("ada", await WhoAsync(host, "https://chat.example", "Host: chat.example\r\nAuthorization: User ada\r\n"));
    }

    [Fact]
    public async Task What_is_no_browser_keeps_its_credentials()
    {
        await using var host = await StartAsync(_ => { }, _ => { });

        Assert.Equal("ada", await WhoAsync(host, null, "Host: chat.example\r\nCookie: user=ada\r\n"));
    }

    [Theory]
    [InlineData("any origin, by the endpoint")]
    [InlineData("any origin, by the middleware")]
    [InlineData("none")]
    public async Task Who_is_served_without_credentials_gets_past_no_gate_that_asks_for_them(string policy)
    {
        var (use, map, _, _) = Policies[policy];
        await using var guarded = await StartAsync(use, endpoint => map(Required(endpoint)));
        await using var gated = await StartAsync(
            app =>
            {
                use(app);
                app.Use((context, next) => context.Request.Cookies.ContainsKey("user") && context.User.Identity is { IsAuthenticated: true }
                    ? next(context)
                    : Task.FromResult(context.Response.StatusCode = 418));
            },
            map);

        Assert.Equal("401", await WhoAsync(guarded, "https://evil.example", "Host: chat.example\r\nCookie: user=ada\r\n"));
        Assert.Equal("418", await WhoAsync(gated, "https://evil.example", "Host: chat.example\r\nCookie: user=ada\r\n"));
        Assert.Equal("ada", await WhoAsync(guarded, "https://chat.example", "Host: chat.example\r\nCookie: user=ada\r\n"));
        Assert.Equal("ada", await WhoAsync(gated, "https://chat.example", "Host: chat.example\r\nCookie: user=ada\r\n"));
    }

    [Fact]
    public async Task A_second_try_counts_no_forwarded_header_twice()
    {
        await using var host = await StartAsync(
            app =>
            {
                var options =
                    new ForwardedHeadersOptions { ForwardedHeaders = Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders.XForwardedFor, ForwardLimit = 1 };
                options.KnownProxies.Clear();
                options.KnownIPNetworks.Clear();
                app.UseForwardedHeaders(options);
            },
            _ => { });

        var address = await WhoAsync(
            host, "https://evil.example", "Host: chat.example\r\nCookie: user=ada\r\nX-Forwarded-For: 6.6.6.6, 198.51.100.1\r\n", "address");

        Assert.Equal("198.51.100.1", address);
    }

    [Fact]
    public async Task Each_page_that_gets_less_than_it_asked_for_is_one_warning_with_the_remedy()
    {
        await using var open = await StartAsync(_ => { }, _ => { });
        await using var strict = await StartAsync(app => app.UseCors("named"), _ => { });

        await WhoAsync(open, "https://chat.example", "Host: backend\r\nCookie: user=ada\r\n");
        await WhoAsync(strict, "https://evil.example", "Host: chat.example\r\nCookie: user=ada\r\n");

        Assert.All(new[]
        {
            (open, "https://chat.example", "backend", "without its cookies"),
            (strict, "https://evil.example", "chat.example", "refused with 403"),
        }, row =>
        {
            var line = Assert.Single(row.Item1.Logs.Lines);
            foreach (var part in new[] { row.Item2, row.Item3, row.Item4, "127.0.0.1", "proxy_set_header X-Forwarded-Host $http_host", "AllowCredentials" })
                Assert.Contains(part, line, StringComparison.Ordinal);
        });
        Assert.Equal(1, strict.Server.Engine.Counters["refused.foreign-origin"]);
    }

    private static string Expected(Allowance allowance, string? user) => allowance switch
    {
        Allowance.None => "403",
        Allowance.Full when user is not null => user,
        _ => "nobody",
    };

    private static IEndpointConventionBuilder Required(IEndpointConventionBuilder endpoint) => endpoint.RequireAuthorization();

    private static void Friends(CorsPolicyBuilder policy) => policy.WithOrigins(Friend).AllowCredentials();

    private static Task<SocketIOTestHost> StartAsync(Action<WebApplication> use, Action<IEndpointConventionBuilder> map) => SocketIOTestHost.StartAsync(
        io => io.OnConnection(socket =>
        {
            socket.On("who", () => new ValueTask<string>(
                socket.User.Identity?.Name ?? (socket.Handshake.Headers.ContainsKey("cookie") ? "nobody with a cookie" : "nobody")));
            socket.On("address", () => new ValueTask<string>(socket.Handshake.Address));
        }),
        services: services =>
        {
            services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, NamedInRequest>("Test", null);
            services.AddAuthorization();
            services.AddCors(cors =>
            {
                cors.AddDefaultPolicy(Friends);
                cors.AddPolicy("named", Friends);
                cors.AddPolicy("any", policy => policy.AllowAnyOrigin());
            });
        },
        use: use,
        map: map);

    /// <summary>Opens a WebSocket and asks something about its socket; the status when it was not opened.</summary>
    internal static async Task<string> WhoAsync(SocketIOTestHost host, string? origin, string headers, string question = "who")
    {
        using var raw = await RawSocket.DialAsync(host.Uri);
        var page = origin is null ? "" : $"Origin: {origin}\r\n";
        await raw.SendAsciiAsync(RawSocket.Upgrade("EIO=4&transport=websocket", page + headers).Replace("Host: localhost\r\n", "", StringComparison.Ordinal));
        var head = await raw.ReadHeadAsync();
        if (!head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
            return head[9..12];
        await raw.NextAsync();
        await raw.SendPacketAsync("40");
        await raw.NextAsync();
        await raw.SendPacketAsync($"420[\"{question}\"]");
        var answer = await raw.NextAsync();
        return answer["430[\"".Length..^2];
    }
}
