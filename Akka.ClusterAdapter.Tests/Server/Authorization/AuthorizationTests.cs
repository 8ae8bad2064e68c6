using System.Security.Claims;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server.Authorization;

/// <summary>[Authorize], policies, roles and RequireAuthorization, as everywhere in ASP.NET Core.</summary>
public class AuthorizationTests
{
    private const string Unauthorized = "{\"message\":\"unauthorized\"}";
    private const string Forbidden = "{\"message\":\"forbidden\"}";

    /// <summary>Who asks for a namespace, and what comes of it; null when it is let in.</summary>
    public static TheoryData<string, string, string?> Connects => new()
    {
        { "/class", "", Unauthorized },
        { "/class", "ann", null },
        { "/derived", "", Unauthorized },
        { "/derived", "ann", null },
        { "/admins", "", Unauthorized },
        { "/admins", "ann", Forbidden },
        { "/admins", "eve admin", null },
        { "/marked", "", Unauthorized },
        { "/marked", "ann", null },
        { "/both", "ann", Forbidden },
        { "/both", "eve admin", null },
        { "/required", "", Unauthorized },
        { "/required", "ann", null },
        { "/policy", "ann", Forbidden },
        { "/policy", "zoe", null },
        { "/own", "ann", Forbidden },
        { "/own", "zoe", null },
        { "/tenant-1", "", Unauthorized },
        { "/tenant-1", "ann", null },
        { "/open", "", null },
    };

    [Theory]
    [MemberData(nameof(Connects))]
    public async Task Who_may_connect(string ns, string user, string? refusal)
    {
        await using var host = await StartAsync();
        await using var client = await host.OpenAsync();

        await client.SendAsync($"40{ns},{Auth(user)}");
        var answer = await client.ReceiveAsync();

        if (refusal is null)
        {
            Assert.StartsWith($"40{ns},{{", answer, StringComparison.Ordinal);
            return;
        }

        Assert.Equal($"44{ns},{refusal}", answer);
        Assert.Equal(1, host.Server.Counters["rejected.unauthorized"]);
    }

    [Theory]
    [InlineData("method", "", "{\"error\":{\"message\":\"unauthorized\",\"code\":\"unauthorized\"}}")]
    [InlineData("method", "ann", "{\"error\":{\"message\":\"forbidden\",\"code\":\"forbidden\"}}")]
    [InlineData("method", "eve admin", "\"told\"")]
    [InlineData("overridden", "ann", "{\"error\":{\"message\":\"forbidden\",\"code\":\"forbidden\"}}")]
    [InlineData("overridden", "eve admin", "\"overridden\"")]
    [InlineData("lambda", "", "{\"error\":{\"message\":\"unauthorized\",\"code\":\"unauthorized\"}}")]
    [InlineData("lambda", "ann", "{\"error\":{\"message\":\"forbidden\",\"code\":\"forbidden\"}}")]
    [InlineData("lambda", "zoe", "\"zoe\"")]
    [InlineData("of the socket", "ann", "\"ann\"")]
    [InlineData("of the socket", "", "{\"error\":{\"message\":\"unauthorized\",\"code\":\"unauthorized\"}}")]
    public async Task Who_may_send_an_event(string name, string user, string answer)
    {
        await using var host = await StartAsync();
        await using var client = await host.OpenAsync();
        await client.ConnectAsync("/open", Auth(user));

        await client.SendAsync($"42/open,1[\"{name}\"]");

        await client.ExpectAsync($"43/open,1[{answer}]");
        if (answer.Contains("error", StringComparison.Ordinal))
            Assert.Equal(1, host.Server.Counters["rejected.unauthorized"]);
    }

    [Fact]
    public async Task Handlers_of_requirements_see_the_socket_and_the_event()
    {
        await using var host = await StartAsync();
        await using var client = await host.OpenAsync();

        await client.ConnectAsync("/policy", Auth("zoe"));
        await client.ConnectAsync("/open", Auth("zoe"));
        await client.SendAsync("42/open,1[\"lambda\"]");
        await client.ExpectAsync("43/open,1[\"zoe\"]");

        Assert.Equal(["Socket of /policy", "EventContext of /open: lambda"], host.Services.GetRequiredService<Seen>().Resources);
    }

    [Fact]
    public async Task A_client_that_comes_back_without_middlewares_is_authorized_all_the_same()
    {
        await using var host = await StartAsync(options => options.ConnectionStateRecovery = new SessionStoreOptions { SkipMiddlewares = true });
        string id, secret;
        await using (var client = await host.OpenAsync())
        {
            await client.SendAsync($"40/class,{Auth("ann")}");
            var reply = System.Text.Json.JsonDocument.Parse((await client.ReceiveAsync()).AsMemory("40/class,".Length)).RootElement;
            (id, secret) = (reply.GetProperty("sid").GetString()!, reply.GetProperty("pid").GetString()!);
        }

        await Eventually.TrueAsync(() => host.Server.Of("/class").Sockets.Count == 0, "it has left");
        await using var back = await host.OpenAsync();
        await back.SendAsync($"40/class,{{\"pid\":\"{secret}\",\"offset\":\"\"}}");
        await back.ExpectAsync($"44/class,{Unauthorized}");
        Assert.DoesNotContain(id, host.Server.Of("/class").Sockets.Keys);
    }

    [Fact]
    public Task What_cannot_be_authorized_fails_at_the_start()
    {
        return Task.WhenAll(
            FailsAsync(io => io.MapHandler<Unknown>(), with: true, "Unknown", "nowhere"),
            FailsAsync(io => io.Of("/x").RequireAuthorization("nowhere"), with: true, "The namespace /x", "nowhere"),
            FailsAsync(io => io.Of(new Regex("^/x")).RequireAuthorization("nowhere"), with: true, "pattern ^/x", "nowhere"),
            FailsAsync(
                io => io.Of("/x").RequireAuthorization(new AuthorizationPolicyBuilder("Cookies").RequireAuthenticatedUser().Build()),
                with: true, "\"Cookies\"", "TokenScheme"),
            FailsAsync(io => io.MapHandler<Schemed>(), with: true, "Schemed.Hello", "\"Cookies\"", "TokenScheme"),
            FailsAsync(io => io.MapHandler<OfAClass>(), with: false, "OfAClass", "AddAuthorization()"),
            FailsAsync(io => io.On("x", [Authorize] () => { }), with: false, "The handler of \"x\"", "AddAuthorization()"),
            FailsAsync(io => io.RequireAuthorization(), with: false, "The namespace /", "AddAuthorization()"));
    }

    /// <summary>Who was there before the rule, and the namespaces that were: the events of a guarded class are guarded all the same.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_class_that_is_registered_late_lets_nobody_in(bool isPattern)
    {
        await using var host = await StartAsync();
        var late = host.Server.Of(new Regex("^/late-"));
        await using var early = await host.OpenAsync();
        await early.ConnectAsync("/late-1");

        if (isPattern)
            late.MapHandler<GuardedClass>();
        else
            host.Server.Of("/late-1").MapHandler<GuardedClass>();
        await early.SendAsync("42/late-1,1[\"secret\"]");
        await early.ExpectAsync("43/late-1,1[{\"error\":{\"message\":\"unauthorized\",\"code\":\"unauthorized\"}}]");
        await using var next = await host.OpenAsync();
        await next.SendAsync("40/late-1,");

        await next.ExpectAsync($"44/late-1,{Unauthorized}");
    }

    [Fact]
    public async Task A_rule_of_a_pattern_that_is_added_late_counts_for_the_namespaces_that_exist()
    {
        await using var host = await StartAsync();
        var late = host.Server.Of(new Regex("^/late-"));
        await using var early = await host.OpenAsync();
        await early.ConnectAsync("/late-1");

        late.RequireAuthorization();
        await using var next = await host.OpenAsync();
        await next.SendAsync("40/late-1,");

        await next.ExpectAsync($"44/late-1,{Unauthorized}");
    }

    [Fact]
    public Task Attributes_that_would_be_overlooked_fail_at_the_start()
    {
        var guarded = [Authorize] () => { };
        return Task.WhenAll(
            FailsAsync(io => io.On("x", guarded + (() => { })), with: true, "made of several delegates"),
            FailsAsync(io => io.On("x", new Action(guarded)), with: true, "a delegate around another"),
            FailsAsync(io => io.On("x", new Plain().Kick), with: true, "[Authorize] on Plain"),
            FailsAsync(io => io.OnConnection(socket => socket.OnAny([Authorize] (_) => default)), with: true, "[Authorize]", connects: true),
            FailsAsync(io => io.OnConnection([EventFilterTests.Tell("x")] (socket) => { }), with: true, "[Tell]"));
    }

    private static async Task FailsAsync(Action<SocketIOServer> configure, bool with, string part, bool connects)
    {
        Assert.True(connects);
        await using var host = await SocketIOTestHost.StartAsync(configure, services: services => _ = with ? services.AddAuthorization() : services);
        await using var client = await host.ConnectAsync();
        await Eventually.TrueAsync(() => host.Logs.Lines.Any(line => line.Contains(part, StringComparison.Ordinal)), "the connection handler fails");
    }

    private static async Task FailsAsync(Action<SocketIOServer> configure, bool with, params string[] parts)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestHost.StartAsync(configure, services: services =>
        {
            if (with)
                services.AddAuthorization();
        }));
        foreach (var part in parts)
            Assert.Contains(part, failure.Message, StringComparison.Ordinal);
    }

    private static string Auth(string user) => user.Length == 0 ? "" : $"{{\"token\":\"{user}\"}}";

    private static Task<SocketIOTestHost> StartAsync(Action<SocketIOOptions>? options = null) => SocketIOTestHost.StartAsync(
        io =>
        {
            io.Of("/class").MapHandler<OfAClass>();
            io.Of("/derived").MapHandler<Derived>();
            io.Of("/admins").MapHandler<Admins>();
            io.Of("/marked").MapHandler<Marked>();
            io.Of("/both").MapHandler<OfAClass>().MapHandler<Admins>();
            io.Of("/required").RequireAuthorization();
            io.Of("/policy").RequireAuthorization("zoe");
            io.Of("/own").RequireAuthorization(new AuthorizationPolicyBuilder().RequireUserName("zoe").Build());
            io.Of(new Regex("^/tenant-")).RequireAuthorization();
            var open = io.Of("/open").MapHandler<Overriding>();
            open.On("lambda", [Authorize("zoe")] (ClaimsPrincipal user) => user.Identity!.Name);
            open.OnConnection(socket => { socket.On("of the socket", [Authorize] (ClaimsPrincipal user) => user.Identity!.Name); });
        },
        it =>
        {
            it.TokenScheme = "test";
            options?.Invoke(it);
        },
        services =>
        {
            services.AddAuthentication().AddScheme<NamedTokens.Settings, NamedTokens>("test", _ => { });
            services.AddAuthorization(it => it.AddPolicy("zoe", policy => policy.AddRequirements(new IsZoe())));
            services.AddSingleton<IAuthorizationHandler, ZoeHandler>();
            services.AddSingleton<Seen>();
        });

    public sealed class Seen
    {
        public List<string> Resources { get; } = [];
    }

    private sealed class IsZoe : IAuthorizationRequirement;

    private sealed class ZoeHandler(Seen seen) : AuthorizationHandler<IsZoe>
    {
        protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, IsZoe requirement)
        {
            await Task.Yield();
            seen.Resources.Add(context.Resource switch
            {
                Socket socket => $"Socket of {socket.Namespace.Name}",
                EventContext e => $"EventContext of {e.Namespace.Name}: {e.Name}",
                _ => "something else",
            });
            if (context.User.Identity?.Name == "zoe")
                context.Succeed(requirement);
        }
    }

    [Authorize]
    public class OfAClass : SocketHandler;

    public sealed class Derived : OfAClass;

    [Authorize(Roles = "admin")]
    public sealed class Admins : SocketHandler;

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class KnownOnlyAttribute : Attribute, IAuthorizationRequirementData
    {
        public IEnumerable<IAuthorizationRequirement> GetRequirements() => [];
    }

    [KnownOnly]
    public sealed class Marked : SocketHandler;

    [Authorize("nowhere")]
    public sealed class Unknown : SocketHandler;

    public sealed class Schemed : SocketHandler
    {
        [On("hello"), Authorize(AuthenticationSchemes = "Cookies")]
        public string Hello() => Socket.Id;
    }

    [Authorize]
    public sealed class GuardedClass : SocketHandler
    {
        [On("secret")]
        public string Secret() => Socket.Id;
    }

    [Authorize]
    public sealed class Plain
    {
        private readonly List<string> _kicked = [];

        public void Kick(string id) => _kicked.Add(id);
    }

    public class OfMethods : SocketHandler
    {
        [On("method"), Authorize(Roles = "admin")]
        public string Tell() => Socket.Connected ? "told" : "";

        [On("overridden"), Authorize(Roles = "admin")]
        public virtual string Change() => Socket.Id;
    }

    public sealed class Overriding : OfMethods
    {
        public override string Change() => "overridden";
    }
}
