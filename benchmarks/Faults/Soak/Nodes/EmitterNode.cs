using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>A process without sockets that emits to clients of all servers.</summary>
internal static class EmitterNode
{
    public static void Register(IServiceCollection services)
    {
        services.AddSocketIOEmitter();
        services.AddSocketIOEmitter(NodeProgram.Packed, new MessagePackPacketParser());
    }

    public static void Map(WebApplication app, string life)
    {
        var faults = app.Services.GetRequiredService<NodeFaults>();
        var (plain, packed) = (app.Services.GetRequiredService<SocketIOEmitter>(), app.Services.GetRequiredKeyedService<SocketIOEmitter>(NodeProgram.Packed));
        var second = plain.Of(WorkerNode.Second);
        app.MapSpeakers(
            [
                new(life, "/", room => plain.To(room), faults),
                new(life, WorkerNode.Second, room => second.To(room), faults),
                new(life, NodeProgram.Packed + "/", room => packed.To(room), faults),
            ],
            asker: null);
    }
}
