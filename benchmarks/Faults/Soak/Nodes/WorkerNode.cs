using System.Globalization;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>A worker with two servers, JSON and MessagePack, and recovery.</summary>
internal static class WorkerNode
{
    public const string Second = "/second";

    /// <summary>How long a client may be away, in seconds. Short, so that a quiet phase need not be long.</summary>
    public const string Away = "SOAK_AWAY";

    public static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(6);

    public static void Register(IServiceCollection services)
    {
        services.AddSocketIO(Set);
        services.AddSocketIO(NodeProgram.Packed, static options =>
        {
            Set(options);
            options.Parser = new MessagePackPacketParser();
        });
    }

    public static void Map(WebApplication app, string life)
    {
        var faults = app.Services.GetRequiredService<NodeFaults>();
        var (plain, packed) = (app.Services.GetRequiredService<SocketIOServer>(), app.Services.GetRequiredKeyedService<SocketIOServer>(NodeProgram.Packed));
        Speaker[] speakers = [Speaks(plain, "/"), Speaks(plain, Second), Speaks(packed, "/")];
        var asker = new Asker(life, plain.Of("/"), faults);
        app.MapSocketIO(io =>
        {
            Handle(io, "/", life, speakers[0]);
            Handle(io, Second, life, speakers[1]);
        });
        app.MapSocketIO($"/{NodeProgram.Packed}", NodeProgram.Packed, io => Handle(io, "/", life, speakers[2]));
        app.MapSpeakers(speakers, asker);
        app.Lifetime.ApplicationStopping.Register(() => _ = Task.WhenAll([.. speakers.Select(static speaker => speaker.StopAsync()), asker.StopAsync()]));

        Speaker Speaks(SocketIOServer io, string ns) => new(life, io.Name + ns, room => io.Of(ns).To(room), faults);
    }

    private static void Set(SocketIOOptions options)
    {
        (options.PingInterval, options.PingTimeout) = (PingInterval, PingTimeout);
        options.ConnectionStateRecovery = new SessionStoreOptions
        {
            MaxDisconnection = TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable(Away)!, CultureInfo.InvariantCulture)),
            MaxPacketsPerSession = 2_000,
        };
    }

    private static void Handle(SocketIOServer io, string name, string life, Speaker speaker)
    {
        var ns = io.Of(name);
        ns.OnServerSide("who", () => life);
        ns.OnConnection(socket =>
        {
            socket.On("who", () => life);
            socket.On("join", (string room) => DoneAsync(socket.JoinAsync(room)));
            socket.On("leave", (string room) => DoneAsync(socket.LeaveAsync(room)));
            socket.On("say", (string room) => SaidAsync(speaker, room));
            socket.On("echo", (byte[] bytes) => new ValueTask<byte[]>(bytes));
            socket.On("count", () => CountAsync(ns));
            socket.On("data", (int value) =>
            {
                socket.Data = value;
                return new ValueTask<int>(value);
            });
        });
    }

    private static async ValueTask<string> DoneAsync(ValueTask done)
    {
        await done;
        return "ok";
    }

    private static async ValueTask<string> SaidAsync(Speaker speaker, string room)
    {
        await speaker.SayAsync(room);
        return "ok";
    }

    private static async ValueTask<int> CountAsync(Namespace ns)
    {
        try
        {
            return (await ns.FetchSocketsAsync()).Count;
        }
        catch (ClusterRequestTimeoutException)
        {
            return -1;
        }
    }
}
