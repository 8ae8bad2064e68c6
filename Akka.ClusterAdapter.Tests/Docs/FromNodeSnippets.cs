using System.Net;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/from-node.md and docs/deployment.md, which the compiler checks here. It is not run.</summary>
internal static class FromNodeSnippets
{
    public static async Task PrimaryAndWorkersAsync(string[] args)
    {
        if (WorkerEnvironment.Current is not { } worker)
        {
            var primary = Host.CreateApplicationBuilder(args);
            primary.AddSocketIOWorkers(options =>
            {
                options.Port = 3000;
                options.Workers = Environment.ProcessorCount;
            });
            await primary.Build().RunAsync();
            return;
        }

        var builder = WebApplication.CreateBuilder(args);
        builder.AddSocketIOWorker(worker);
        builder.Services.AddSocketIO();
        builder.Services.AddAkka(worker.SystemName, akka => akka.WithSocketIOClusterAdapter().WithSocketIOWorker(worker));
        var app = builder.Build();
        app.MapSocketIO(io => io.OnConnection(socket => { }));
        await app.RunAsync();
    }

    public static async Task ProcessManagerAsync(WebApplicationBuilder builder, SocketIOServer io)
    {
        builder.AddSocketIOSharedPort(new IPEndPoint(IPAddress.Any, 3000));
        builder.Services.AddSocketIO();
        builder.Services.AddAkka("chat", akka => akka.WithSocketIOClusterAdapter(options => options.RequestsTimeout = TimeSpan.FromSeconds(2)));
        try
        {
            var sockets = await io.FetchSocketsAsync();
        }
        catch (ClusterRequestTimeoutException exception)
        {
            Console.WriteLine($"no answer from {string.Join(", ", exception.Missing)}");
        }
    }

    public static void Tls(AkkaConfigurationBuilder akka, Configuration.Config hocon)
    {
        akka.AddHocon(hocon, HoconAddMode.Prepend);
        if (ClusterTls.From(hocon) is { } tls)
            akka.AddSetup(tls);
    }

    public static void TlsInCode(AkkaConfigurationBuilder akka) => akka
        .AddHocon("akka.remote.dot-netty.tcp.enable-ssl = on", HoconAddMode.Prepend)
        .AddSetup(ClusterTls.FromPem("/etc/chat/tls/tls.crt", "/etc/chat/tls/tls.key", "/etc/chat/tls/ca.crt"));

    public static void Health(WebApplication app)
    {
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains("ready") });
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
    }

    public static void Events(SocketIOServer io) => io.OnConnection(socket =>
    {
        socket.On("say", (string room, string text) => socket.To(room).EmitAsync("said", text));
        socket.On("sum", async (int[] n) => n.Sum());
        socket.OnDisconnect(reason => socket.Broadcast.EmitAsync("left", socket.Id));
        socket.OnAny(async e => Console.WriteLine($"{e.Name} {e.Get<string>(0)}"));
        socket.Data = new Person("Ada");
        Console.WriteLine($"{socket.GetData<Person>()} {socket.Handshake.GetString("token")}");
    });

    public static async Task EveryDayAsync(SocketIOServer io, Socket socket)
    {
        await socket.EmitAsync("x", 1, 2);
        await socket.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<int>("x", [1]);
        await socket.JoinAsync("r");
        await socket.LeaveAsync("r");
        await io.EmitAsync("x");
        await io.To("a").To("b").Except("c").EmitAsync("x");
        await socket.To("r").EmitAsync("x");
        await socket.Broadcast.EmitAsync("x");
        await io.Local.EmitAsync("x");
        await io.Volatile.EmitAsync("x");
        await io.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<string>("x", []);
        await io.In("r").FetchSocketsAsync();
        await io.In("a").SocketsJoinAsync("b");
        await io.In("a").DisconnectSocketsAsync();
        io.Of("/chat");
        io.Of(new Regex(@"^/t-\d+$"));
        io.Use(async (socket, next) => throw new ConnectErrorException("no", new { a = 1 }));
        await io.ServerSideEmitAsync("x", 1);
        io.OnServerSide("x", async (int n) => { });
        Console.WriteLine(io.Engine.SessionCount);
    }

    public static void Options(IServiceCollection services, ActorSystem system)
    {
        services.AddSocketIO(options => options.PingInterval = TimeSpan.FromSeconds(25));
        services.AddSocketIO().AddConnectionStateRecovery();
        SocketIOEmitter.Create(system);
    }

    private sealed record Person(string Name);
}
