using System.Security.Claims;
using System.Text;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Akka.ClusterAdapter.Tests.Server.Authorization;

/// <summary>A token in the auth payload says who the client is, namespace by namespace, until it ends.</summary>
public class TokenTests
{
    private static readonly SymmetricSecurityKey Key = new(Encoding.UTF8.GetBytes("a key for tests that is long enough for its algorithm"));

    [Fact]
    public async Task A_JSON_web_token_is_checked_by_the_application_s_own_handler()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.On("who", (ClaimsPrincipal user) => $"{user.Identity?.Name} {user.IsInRole("admin")}"),
            options => options.TokenScheme = JwtBearerDefaults.AuthenticationScheme,
            services => services.AddAuthentication().AddJwtBearer(options =>
            {
                options.MapInboundClaims = false;
                options.TokenValidationParameters = new TokenValidationParameters
                {
                    ValidIssuer = "tests",
                    ValidAudience = "chat",
                    IssuerSigningKey = Key,
                    RoleClaimType = "role",
                    NameClaimType = "name",
                };
            }));
        await using var good = await host.OpenAsync();
        await using var forged = await host.OpenAsync();
        await using var old = await host.OpenAsync();

        await good.ConnectAsync("/", Auth(Token("ann", Key, TimeSpan.FromMinutes(5))));
        await forged.SendAsync("40" + Auth(Token("eve", new SymmetricSecurityKey(new byte[64]), TimeSpan.FromMinutes(5))));
        await old.SendAsync("40" + Auth(Token("ann", Key, TimeSpan.FromHours(-1))));

        await good.SendAsync("421[\"who\"]");
        await good.ExpectAsync("431[\"ann True\"]");
        await forged.ExpectAsync("44{\"message\":\"unauthorized\"}");
        await old.ExpectAsync("44{\"message\":\"unauthorized\"}");
    }

    [Theory]
    [InlineData("{\"token\":\"bad\"}", false)]
    [InlineData("{\"token\":\"\"}", false)]
    [InlineData("{\"token\":7}", false)]
    [InlineData("{\"token\":{\"a\":1}}", false)]
    [InlineData("{\"token\":\"throw\"}", false)]
    [InlineData("{\"token\":null}", true)]
    [InlineData("{}", true)]
    [InlineData("", true)]
    public async Task A_token_that_is_not_accepted_is_refused_and_none_is_nobody(string auth, bool isAdmitted)
    {
        await using var host = await StartAsync(new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        await using var client = await host.OpenAsync();

        await client.SendAsync("40" + auth);

        if (isAdmitted)
            Assert.StartsWith("40{", await client.ReceiveAsync(), StringComparison.Ordinal);
        else
            await client.ExpectAsync("44{\"message\":\"unauthorized\"}");
    }

    [Fact]
    public async Task Each_namespace_has_the_user_of_its_own_token()
    {
        await using var host = await StartAsync(new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        await using var client = await host.OpenAsync();
        await client.ConnectAsync("/", Auth("ann"));
        await client.ConnectAsync("/other", Auth("eve"));
        await client.ConnectAsync("/third");

        foreach (var (ns, name) in new[] { ("", "ann"), ("/other,", "eve"), ("/third,", "") })
        {
            await client.SendAsync($"42{ns}1[\"who\"]");
            await client.ExpectAsync($"43{ns}1[\"{name}\"]");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_that_ends_ends_the_socket_where_the_application_says_so(bool disconnects)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await StartAsync(time, disconnects);
        await using var client = await host.OpenAsync();
        await client.ConnectAsync("/", Auth("ann user 10"));
        await client.ConnectAsync("/other", Auth("ann"));

        time.Advance(TimeSpan.FromSeconds(9));
        await client.SendAsync("421[\"who\"]");
        await client.ExpectAsync("431[\"ann\"]");
        time.Advance(TimeSpan.FromSeconds(2));
        if (disconnects)
            await client.ExpectAsync("41");
        await client.SendAsync("42/other,1[\"who\"]");

        await client.ExpectAsync("43/other,1[\"ann\"]");
        await Eventually.TrueAsync(
            () => host.Services.GetRequiredService<Reasons>().All.SequenceEqual(disconnects ? [DisconnectReason.TokenExpired] : []), "the reason is told");
        Assert.Equal(disconnects ? 0 : 1, host.Server.Of("/").Sockets.Count);
    }

    [Fact]
    public async Task A_client_may_renew_it_by_an_event()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await StartAsync(time);
        await using var client = await host.OpenAsync();
        await client.ConnectAsync("/", Auth("ann user 10"));

        await client.SendAsync("421[\"renew\",\"bad\"]");
        await client.ExpectAsync("431[false]");
        await client.SendAsync("422[\"renew\",\"ann admin 20\"]");
        await client.ExpectAsync("432[true]");
        time.Advance(TimeSpan.FromSeconds(15));
        await client.SendAsync("423[\"who\"]");
        await client.ExpectAsync("433[\"ann\"]");
        time.Advance(TimeSpan.FromSeconds(6));

        await client.ExpectAsync("41");
    }

    [Theory]
    [InlineData("eve user 60", "/")] // somebody else: rooms and data are Ann's
    [InlineData("ann user 60", "/admins")] // she is no admin any more
    public async Task A_token_of_somebody_else_or_of_one_who_may_not_renews_nothing(string token, string ns)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await StartAsync(time);
        host.Server.Of("/admins").RequireAuthorization("admins");
        host.Server.Of("/admins").On("renew", (Socket socket, string token) => socket.AuthenticateAsync(token));
        await using var client = await host.OpenAsync();
        await client.ConnectAsync(ns, Auth("ann admin 10"));
        var prefix = ns == "/" ? "" : ns + ",";

        await client.SendAsync($"42{prefix}1[\"renew\",\"{token}\"]");
        await client.ExpectAsync($"43{prefix}1[false]");
        time.Advance(TimeSpan.FromSeconds(11));

        await client.ExpectAsync("41" + prefix);
    }

    [Fact]
    public async Task A_token_that_ends_while_its_client_is_being_admitted_has_ended()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var gate = new TaskCompletionSource();
        await using var host = await StartAsync(time);
        host.Server.Use(async (_, next) =>
        {
            await gate.Task;
            await next();
        });
        await using var client = await host.OpenAsync();

        await client.SendAsync("40" + Auth("ann user 10"));
        time.Advance(TimeSpan.FromSeconds(11));
        gate.SetResult();

        Assert.StartsWith("40{", await client.ReceiveAsync(), StringComparison.Ordinal);
        var ended = client.ExpectAsync("41");
        while (!ended.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System));
        }

        await ended;
    }

    [Fact]
    public async Task A_token_that_never_ends_does_not()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await StartAsync(time);
        await using var client = await host.OpenAsync();
        await client.ConnectAsync("/", Auth("ann user 250000000000")); // until the year 9948

        time.Advance(TimeSpan.FromSeconds(5));
        await client.SendAsync("421[\"who\"]");

        await client.ExpectAsync("431[\"ann\"]");
    }

    [Theory]
    [InlineData("ann", "ann", true)]
    [InlineData("ann", "eve", false)]
    [InlineData("ann", null, false)]
    [InlineData(null, "ann", true)]
    [InlineData(null, null, true)]
    public async Task A_session_is_found_again_by_its_own_user(string? before, string? after, bool isRecovered)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await StartAsync(time, recovers: true);
        string id, secret;
        await using (var client = await host.OpenAsync())
        {
            await client.SendAsync("40" + (before is null ? "" : Auth(before)));
            var reply = System.Text.Json.JsonDocument.Parse((await client.ReceiveAsync()).AsMemory(2)).RootElement;
            (id, secret) = (reply.GetProperty("sid").GetString()!, reply.GetProperty("pid").GetString()!);
        }

        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0, "it has left");
        await using var back = await host.OpenAsync();
        await back.SendAsync($"40{{\"pid\":\"{secret}\",\"token\":{(after is null ? "null" : $"\"{after}\"")}}}");

        Assert.Equal(isRecovered, (await back.ReceiveAsync()).Contains(id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_scheme_that_is_not_there_fails_at_the_start()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => SocketIOTestHost.StartAsync(_ => { }, options => options.TokenScheme = "nowhere"));

        Assert.Contains("TokenScheme is \"nowhere\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains("AddAuthentication()", failure.Message, StringComparison.Ordinal);
    }

    private static string Token(string name, SecurityKey key, TimeSpan life)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "tests",
            Audience = "chat",
            NotBefore = now + life - TimeSpan.FromHours(1),
            IssuedAt = now + life - TimeSpan.FromHours(1),
            Expires = now + life,
            Claims = new Dictionary<string, object> { ["name"] = name, ["role"] = "admin" },
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256),
        });
    }

    private static string Auth(string token) => $"{{\"token\":\"{token}\"}}";

    private static Task<SocketIOTestHost> StartAsync(FakeTimeProvider time, bool disconnects = true, bool recovers = false) => SocketIOTestHost.StartAsync(
        io =>
        {
            io.OnConnection((Socket socket, Reasons reasons) => { socket.OnDisconnect(reason => reasons.All.Add(reason)); });
            foreach (var ns in new[] { "/", "/other", "/third" })
                io.Of(ns).On("who", (ClaimsPrincipal user) => user.Identity?.Name ?? "");
            io.On("renew", (Socket socket, string token) => socket.AuthenticateAsync(token));
        },
        options =>
        {
            options.TokenScheme = "test";
            options.DisconnectOnTokenExpiry = disconnects;
            options.ConnectionStateRecovery = recovers ? new SessionStoreOptions() : null;
        },
        services =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddSingleton<Reasons>();
            services.AddAuthorization(it => it.AddPolicy("admins", policy => policy.RequireRole("admin")));
            services.AddAuthentication().AddScheme<NamedTokens.Settings, NamedTokens>("test", options => options.TimeProvider = time);
        });

    public sealed class Reasons
    {
        public List<DisconnectReason> All { get; } = [];
    }
}
