using System.Threading.RateLimiting;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>
/// The C# of docs/scaling-out.md, docs/security.md, docs/deployment.md, docs/recovery.md, docs/troubleshooting.md, which the compiler checks here. The same
/// settings run in the tests of clusters, gateways, certificates and limiters.
/// </summary>
internal static class ScalingSnippets
{
    public static void WithHocon(WebApplicationBuilder builder)
    {
        var hocon = ConfigurationFactory.ParseString(File.ReadAllText("HOCON/worker.conf"));
        builder.Services.AddSocketIO();
        builder.Services.AddAkka("chat", akka => akka
            .AddHocon(hocon, HoconAddMode.Prepend)
            .WithSocketIOClusterAdapter());
    }

    public static void Recovery(WebApplicationBuilder builder, SocketIOOptions options)
    {
        builder.Services.AddSocketIO().AddConnectionStateRecovery(maxDisconnection: TimeSpan.FromMinutes(2));
        options.ConnectionStateRecovery = new SessionStoreOptions { DataType = typeof(Player) };
    }

    public static void InCode(WebApplicationBuilder builder, string[] seeds, int port)
    {
        builder.Services.AddSocketIO();
        builder.Services.AddAkka("chat", akka => akka
            .AddHocon($$"""
                akka.actor.provider = cluster
                akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} }
                akka.cluster { roles = ["socketio"], seed-nodes = ["{{string.Join("\", \"", seeds)}}"] }
                """, HoconAddMode.Prepend)
            .WithSocketIOClusterAdapter(options => options.RequestsTimeout = TimeSpan.FromSeconds(2)));
    }

    public static void AnySystem(WebApplicationBuilder builder, ActorSystem system)
    {
        builder.Services.AddSocketIO().UseClusterAdapter(system);
    }

    public static void SeedNode(WebApplicationBuilder builder, Config hocon)
    {
        builder.Services.AddSocketIOSeedNode();
        builder.Services.AddAkka("chat", akka => akka.AddHocon(hocon, HoconAddMode.Prepend));
    }

    public static void Gateway(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var hocon = ConfigurationFactory.ParseString(File.ReadAllText("HOCON/gateway.conf"));
        builder.Services.AddSocketIOGateway(options => options.Policy = BalancingPolicy.LeastConnections);
        builder.Services.AddAkka("chat", akka => akka.AddHocon(hocon, HoconAddMode.Prepend).WithSocketIOGateway());

        var app = builder.Build();
        app.MapSocketIOGateway();
        app.Run();
    }

    public static async Task EmitterAsync(ActorSystem system)
    {
        var emitter = SocketIOEmitter.Create(system);
        await emitter.Of("/").To("lobby").EmitAsync("news", "from a process without sockets");
    }

    public static async Task WorkersTalkAsync(SocketIOServer io)
    {
        io.OnServerSide("reload", (string what) => Console.WriteLine($"another worker says: reload {what}"));
        io.OnServerSide("sessions", () => io.Engine.SessionCount);
        await io.ServerSideEmitAsync("reload", "prices");
        var others = await io.ServerSideEmitWithAckAsync<int>("sessions", []);
        Console.WriteLine($"{others.Sum() + io.Engine.SessionCount} sessions on {await io.ServerCountAsync()} workers");
    }

    public static void Tls(WebApplicationBuilder builder, Config hocon)
    {
        builder.Services.AddAkka("chat", akka =>
        {
            akka.AddHocon(hocon, HoconAddMode.Prepend);
            if (ClusterTls.From(hocon) is { } tls)
                akka.AddSetup(tls);
        });
    }

    public static void Limits(WebApplication app, WebApplicationBuilder builder)
    {
        app.MapSocketIO().DisableRateLimiting();          // the global limiter leaves the endpoint alone; limits of the server's own:
        builder.Services.AddSocketIO(options =>
        {
            options.MaxHandshakesPerSecond = 10;           // per address
            options.MaxSessionsPerAddress = 200;
            options.MaxPacketsPerSecond = 100;             // per client; it is read more slowly, nothing is lost
        });
    }

    public static void Limiter(RateLimiterOptions limiter)
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            context.Request.Path.StartsWithSegments("/socket.io") && context.Request.Query.ContainsKey("sid")
                ? RateLimitPartition.GetNoLimiter("")
                : RateLimitPartition.GetFixedWindowLimiter(
                    context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new() { PermitLimit = 100, Window = TimeSpan.FromSeconds(10) }));
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
    }

    public static void Proxy(WebApplicationBuilder builder, WebApplication app)
    {
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedHost | ForwardedHeaders.XForwardedProto;
            options.KnownProxies.Add(System.Net.IPAddress.Parse("10.0.0.2"));
        });
        app.UseForwardedHeaders();
    }

    private sealed record Player(string Name);
}
