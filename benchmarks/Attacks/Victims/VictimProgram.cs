using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.RateLimiting;
using Akka.Actor;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Protocol;
using Akka.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Attacks.Victims;

/// <summary>A server as an application would build it, with few settings changed. It ends when its standard input does.</summary>
internal static class VictimProgram
{
    public static async Task RunAsync(string[] options)
    {
        var app = options[0] == "gateway" ? Gateway(options) : Worker(options);
        await app.StartAsync();
        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Console.WriteLine($"READY {url}");
        var parent = Task.Run(() => Console.In.ReadToEnd());
        await Task.WhenAny(parent, app.WaitForShutdownAsync());
        await app.StopAsync();
    }

    private static WebApplication Worker(string[] options)
    {
        var builder = Builder(options);
        var socketIO = builder.Services.AddSocketIO(o => Settings(o, options));
        if (ValueOf(options, "--seed") is { } seed)
            socketIO.UseClusterAdapter(Node("worker.conf", seed, options.Contains("--is-seed") ? seed : "0"));
        if (options.Contains("--rate-limit"))
            builder.Services.AddRateLimiter(LimitByAddress);
        var app = builder.Build();
        MapStats(app);
        if (options.Contains("--rate-limit"))
            app.UseRateLimiter();
        app.MapSocketIO(io => Chat(io, options));
        return app;
    }

    private static WebApplication Gateway(string[] options)
    {
        var builder = Builder(options);
        builder.Services.AddSingleton(Node("gateway.conf", ValueOf(options, "--seed")!, "0"));
        builder.Services.AddSocketIOGateway();
        var app = builder.Build();
        MapStats(app);
        // A trusted proxy in front tells the client's address: one machine plays several clients.
        app.Use((context, next) =>
        {
            if (context.Request.Headers.TryGetValue("X-Test-Client", out var address))
                context.Connection.RemoteIpAddress = IPAddress.Parse(address.ToString());
            return next(context);
        });
        app.MapSocketIOGateway();
        return app;
    }

    private static WebApplicationBuilder Builder(string[] options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().SetMinimumLevel(options.Contains("--information") ? LogLevel.Information : LogLevel.Warning);
        builder.Logging.AddSimpleConsole();
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return builder;
    }

    private static void Settings(SocketIOOptions settings, string[] options)
    {
        if (options.Contains("--recovery"))
            settings.ConnectionStateRecovery = new SessionStoreOptions();
        if (options.Contains("--deflate"))
            settings.PerMessageDeflate = true;
        if (options.Contains("--msgpack"))
            settings.Parser = new MessagePackPacketParser();
        if (ValueOf(options, "--connect-timeout") is { } timeout)
            settings.ConnectTimeout = TimeSpan.FromMilliseconds(int.Parse(timeout, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void LimitByAddress(RateLimiterOptions limiter) =>
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => context.Request.Path == "/stats"
            ? RateLimitPartition.GetNoLimiter("")
            : RateLimitPartition.GetFixedWindowLimiter(
                context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new() { PermitLimit = 20, Window = TimeSpan.FromSeconds(10) }));

    private static void Chat(SocketIOServer io, string[] options)
    {
        io.OnConnection(socket => Handlers(io, socket));
        if (options.Contains("--throwing"))
            Throwing(io);
        if (!options.Contains("--dynamic"))
            return;
        io.Of(new Regex("^/tenant-")).Use((_, _) => throw new ConnectErrorException("not logged in"));
        io.Of(new Regex("^/open-")).OnConnection(socket => Handlers(io, socket));
    }

    /// <summary>An application with a bug in each of its callbacks, for clients that say so.</summary>
    private static void Throwing(SocketIOServer io)
    {
        var bugs = new System.Collections.Concurrent.ConcurrentDictionary<string, byte>();
        io.Of("/").RoomChanged += (change) =>
        {
            if (bugs.ContainsKey(change.SocketId ?? ""))
                throw new InvalidOperationException("a bug in RoomChanged");
        };
        io.OnConnection(socket =>
        {
            if (!socket.Handshake.Query.ContainsKey("throws"))
                return;
            bugs[socket.Id] = 0;
            socket.Disconnected.Register(() => throw new InvalidOperationException("a bug in Disconnected"));
            socket.OnDisconnect(_ => throw new InvalidOperationException("a bug in OnDisconnect"));
            socket.OnAnyOutgoing(_ => throw new InvalidOperationException("a bug in OnAnyOutgoing"));
        });
    }

    private static void Handlers(SocketIOServer io, Socket socket)
    {
        socket.On("join", async (string[] rooms) =>
        {
            foreach (var room in rooms)
                await socket.JoinAsync(room);
        });
        socket.On("chat", (string room, JsonElement text) => io.To(room).EmitAsync("chat", text));
        socket.On("echo", (JsonElement text) => socket.EmitAsync("echo", text));
        socket.On("typed", (Dictionary<string, int> _) => default(ValueTask));
        socket.On("ping1", async (int n) => n);
        socket.On("fetch", async () => (await io.FetchSocketsAsync()).Count);
        socket.On("throws", async (bool really) =>
        {
            await Task.Yield();
            if (really)
                throw new InvalidOperationException("a bug of the application");
        });
        socket.On("fill", async (string room, int count) =>
        {
            for (var i = 0; i < count; i++)
                await io.To(room).EmitAsync("m", i);
            return count;
        });
    }

    private static void MapStats(WebApplication app) => app.MapGet("/stats", (HttpContext context) =>
    {
        if (context.Request.Query.ContainsKey("gc"))
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        var process = Process.GetCurrentProcess();
        var io = context.RequestServices.GetService<SocketIOServer>();
        return Results.Json(new Stats(
            process.TotalProcessorTime.TotalMilliseconds,
            process.WorkingSet64,
            GC.GetTotalMemory(false),
            io?.Engine.SessionCount ?? 0,
            io?.Namespaces.Sum(ns => ns.Sockets.Count) ?? 0,
            process.Threads.Count,
            process.HandleCount));
    });

    private static ActorSystem Node(string file, string seed, string port) => ActorSystem.Create("chat", ConfigurationFactory.ParseString(
        $"akka.remote.dot-netty.tcp.port = {port}\nakka.loglevel = OFF\nakka.stdout-loglevel = OFF\n"
        + $"akka.cluster.seed-nodes = [\"akka.tcp://chat@127.0.0.1:{seed}\"]")
        .WithFallback(ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "HOCON", file)))));

    private static string? ValueOf(string[] options, string name) => Array.IndexOf(options, name) is >= 0 and var at ? options[at + 1] : null;
}

/// <summary>What a victim says of itself.</summary>
internal sealed record Stats(double Cpu, long Rss, long Managed, int Sessions, int Sockets, int Threads, int Handles);
