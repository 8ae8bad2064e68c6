using System.Security.Claims;
using System.Text;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clients;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/login.md: three servers, each with the official client.</summary>
public sealed class LoginSnippets
{
    public static TheoryData<string> Transports => ["websocket", "polling", "polling,websocket"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task By_cookie(string transports)
    {
        await using var app = await StartAsync(CookieServices, CookieServer);

        var cookie = await LoginAsync(app);

        await KnowsAsync(app, transports, Header("Cookie", cookie), "{}");
        await RefusesAsync(app, transports, "{}", "{}");
        await RefusesAsync(app, transports, Header("Cookie", cookie[..^5] + "wrong"), "{}");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task By_token(string transports)
    {
        var key = new SymmetricSecurityKey(Encoding.UTF8.GetBytes("a key for tests that is long enough for its algorithm"));
        await using var app = await StartAsync(builder => TokenServices(builder, key), TokenServer);

        await KnowsAsync(app, transports, "{}", Auth(key));
        await RefusesAsync(app, transports, "{}", "{}");
        await RefusesAsync(app, transports, "{}", Auth(new SymmetricSecurityKey(new byte[64])));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task By_session(string transports)
    {
        await using var app = await StartAsync(SessionServices, SessionServer);

        var cookie = await LoginAsync(app);

        await KnowsAsync(app, transports, Header("Cookie", cookie), "{}");
        await RefusesAsync(app, transports, "{}", "{}");
        await NodeClient.PassesAsync(
            "loggedOut", "socket.io-client", transports, app.Urls.First(), "/socket.io", Header("Cookie", cookie), app.Urls.First() + "/logout");
        await RefusesAsync(app, transports, Header("Cookie", cookie), "{}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task By_session_no_connection_outlives_its_logout(bool isBetween)
    {
        LoginCache cache = new();
        await using var app = await StartAsync(
            builder =>
            {
                SessionServices(builder);
                builder.Services.AddSingleton<IDistributedCache>(cache);
            },
            SessionServer);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(app.Urls.First()) };
        http.DefaultRequestHeaders.Add("Cookie", await LoginAsync(app));
        const string Polling = "/socket.io/?EIO=4&transport=polling";
        var open = await http.GetStringAsync(Polling);
        var session = $"{Polling}&sid={System.Text.Json.JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()}";
        async Task LogOutAsync() => (await http.PostAsync("/logout", null)).EnsureSuccessStatusCode();

        // In between: the middleware has found the login, and the socket is in no room yet.
        if (isBetween)
            cache.Found = LogOutAsync;
        else
            await LogOutAsync();
        await http.PostAsync(session, new StringContent("40"));
        var answer = await http.GetStringAsync(session);

        if (!isBetween)
            Assert.Equal("44{\"message\":\"unauthorized\"}", answer);
        await Eventually.TrueAsync(() => app.Services.GetRequiredService<SocketIOServer>().Sockets.Sockets.Count == 0, "nobody is connected");
        await http.PostAsync(session, new StringContent("420[\"who\"]"));
        Assert.Empty(app.Services.GetRequiredService<SocketIOServer>().Sockets.Sockets);
    }

    private static void CookieServices(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
        builder.Services.AddAuthorization();
        builder.Services.AddSocketIO();
    }

    private static void CookieServer(WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapPost("/login", (string name) => Results.SignIn(Named(name), authenticationScheme: CookieAuthenticationDefaults.AuthenticationScheme));
        app.MapSocketIO(io =>
        {
            io.RequireAuthorization();
            io.On("who", (ClaimsPrincipal user) => user.Identity!.Name);
        });
    }

    private static void TokenServices(WebApplicationBuilder builder, SecurityKey key)
    {
        builder.Services.AddAuthentication().AddJwtBearer(options => options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = "https://login.example.com",
            ValidAudience = "chat",
            IssuerSigningKey = key,
            NameClaimType = "name",
        });
        builder.Services.AddAuthorization();
        builder.Services.AddSocketIO(options => options.TokenScheme = JwtBearerDefaults.AuthenticationScheme);
    }

    private static void TokenServer(WebApplication app)
    {
        app.MapSocketIO(io =>
        {
            io.RequireAuthorization();
            io.On("who", (ClaimsPrincipal user) => user.Identity!.Name);
        });
    }

    private static void SessionServices(WebApplicationBuilder builder)
    {
        builder.Services.AddDistributedMemoryCache();   // several workers: a cache that they share
        builder.Services.AddSession();
        builder.Services.AddSocketIO(options => options.OnHandshake = async (context, items) =>
        {
            await context.Session.LoadAsync(context.RequestAborted);
            items["session"] = context.Session.Id;
            items["name"] = context.Session.GetString("name");
        });
    }

    private static void SessionServer(WebApplication app)
    {
        var logins = app.Services.GetRequiredService<IDistributedCache>();
        app.UseSession();
        app.MapPost("/login", async (HttpContext context, string name) =>
        {
            context.Session.SetString("name", name);
            await logins.SetStringAsync(
                $"login {context.Session.Id}", name, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromDays(1) });
        });
        app.MapPost("/logout", async (HttpContext context, SocketIOServer io) =>
        {
            var session = context.Session.Id;
            context.Session.Clear();
            await logins.RemoveAsync($"login {session}");
            await io.In($"session {session}").DisconnectSocketsAsync(close: true);
        });
        app.MapSocketIO(io =>
        {
            io.Use(async (socket, next) => await (await IsLoggedInAsync(socket) ? next() : throw new ConnectErrorException("unauthorized")));
            io.OnConnection(async (Socket socket) =>
            {
                // Found by the logout from here on; a logout just before is found here.
                await socket.JoinAsync($"session {socket.Handshake.Items["session"]}");
                if (!await IsLoggedInAsync(socket))
                    await socket.DisconnectAsync(close: true);
            });
            io.On("who", (Socket socket) => (string)socket.Handshake.Items["name"]!);
        });

        async Task<bool> IsLoggedInAsync(Socket socket) =>
            socket.Handshake.Items["name"] is string name && name == await logins.GetStringAsync($"login {socket.Handshake.Items["session"]}");
    }

    private static ClaimsPrincipal Named(string name) =>
        new(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], CookieAuthenticationDefaults.AuthenticationScheme));

    private static async Task<WebApplication> StartAsync(Action<WebApplicationBuilder> services, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        services(builder);
        var app = builder.Build();
        map(app);
        var io = app.Services.GetRequiredService<SocketIOServer>();
        io.On("echo", (string text) => text);
        io.On("transport", (Socket socket) => socket.Connection.TransportName);
        await app.StartAsync();
        return app;
    }

    /// <summary>The cookie of a login.</summary>
    private static async Task<string> LoginAsync(WebApplication app)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        using var answer = await http.PostAsync(new Uri(new Uri(app.Urls.First()), "/login?name=ann"), null);
        answer.EnsureSuccessStatusCode();
        return Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
    }

    private static Task KnowsAsync(WebApplication app, string transports, string headers, string auth) =>
        NodeClient.PassesAsync("place", "socket.io-client", transports, app.Urls.First(), "/socket.io", headers, auth, "ann");

    private static Task RefusesAsync(WebApplication app, string transports, string headers, string auth) =>
        NodeClient.PassesAsync("refused", "socket.io-client", transports, app.Urls.First(), "/socket.io", headers, auth, "unauthorized");

    private static string Header(string name, string value) => System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, string> { [name] = value });

    private static string Auth(SecurityKey key)
    {
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "https://login.example.com",
            Audience = "chat",
            Subject = new ClaimsIdentity([new Claim("name", "ann")]),
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256),
        });
        return $"{{\"token\":\"{token}\"}}";
    }

    /// <summary>A cache of one worker, and the moment at which a login has been found there.</summary>
    private sealed class LoginCache : IDistributedCache
    {
        private readonly MemoryDistributedCache _inner = new(Microsoft.Extensions.Options.Options.Create(new MemoryDistributedCacheOptions()));

        public Func<Task>? Found { get; set; }

        public byte[]? Get(string key) => _inner.Get(key);

        public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
        {
            var value = await _inner.GetAsync(key, token);
            if (key.StartsWith("login ", StringComparison.Ordinal) && Found is { } found)
            {
                Found = null;
                await found();
            }

            return value;
        }

        public void Refresh(string key) => _inner.Refresh(key);

        public Task RefreshAsync(string key, CancellationToken token = default) => _inner.RefreshAsync(key, token);

        public void Remove(string key) => _inner.Remove(key);

        public Task RemoveAsync(string key, CancellationToken token = default) => _inner.RemoveAsync(key, token);

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => _inner.Set(key, value, options);

        public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
            _inner.SetAsync(key, value, options, token);
    }
}
