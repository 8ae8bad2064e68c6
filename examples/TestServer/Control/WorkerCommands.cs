using System.Net;
using Akka.ClusterAdapter.Adapters;
using TestServer.Processes;

namespace TestServer.Control;

/// <summary>Commands about the worker itself.</summary>
internal static class WorkerCommands
{
    private static readonly object Ok = new { ok = true };

    public static async Task<object> CountAsync(ControlRequest request) => new { ok = true, count = await request.IO.ServerCountAsync() };

    public static Task<object> RoomsAsync(ControlRequest request) =>
        Task.FromResult<object>(new { ok = true, rooms = request.Namespace.LocalRooms() });

    /// <summary>Who left and why, among those who came after the first such command.</summary>
    public static Task<object> DisconnectedAsync(ControlRequest request) =>
        Task.FromResult<object>(new { ok = true, sockets = request.State.TakeLeft() });

    /// <summary>With <c>members</c>, the members of the cluster too, as this worker sees them.</summary>
    public static Task<object> InfoAsync(ControlRequest request, IServiceProvider services)
    {
        var io = request.IO;
        var cluster = ClusterView.Of(services);
        var info = new Dictionary<string, object>
        {
            ["ok"] = true,
            ["worker"] = io.WorkerId,
            ["pid"] = Environment.ProcessId,
            ["ready"] = services.GetRequiredService<IAdapterFactory>().IsReady,
            ["peers"] = cluster.Peers,
            ["engineSessions"] = io.Engine.SessionCount,
            ["sockets"] = io.Namespaces.Sum(ns => ns.Sockets.Count),
            ["pendingRequests"] = cluster.PendingRequests,
            ["pendingAcks"] = io.PendingAckCount,
            ["counters"] = io.Engine.Counters.Concat(cluster.Counters).ToDictionary(),
        };
        if (request.Flag("members"))
            info["members"] = cluster.Members;
        return Task.FromResult<object>(info);
    }

    /// <summary>Cuts or mends the links to another worker: <c>peer</c> is its name, an address with the life of its process behind it.</summary>
    public static Task<object> ThrottleAsync(ControlRequest request)
    {
        var isCut = request.Text("mode") switch
        {
            "blackhole" => true,
            "pass" => false,
            var other => throw new ControlException($"there is no mode {other}"),
        };
        if (!IPEndPoint.TryParse(request.Text("peer").Split('#')[0], out var peer))
            throw new ControlException($"{request.Text("peer")} is no worker's name");
        CuttableLinks.Set(peer.Address.ToString(), peer.Port, isCut);
        return Task.FromResult(Ok);
    }

    public static Task<object> ShutdownAsync(IServiceProvider services)
    {
        services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        return Task.FromResult(Ok);
    }
}
