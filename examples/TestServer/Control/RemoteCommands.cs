using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace TestServer.Control;

/// <summary>
/// <c>remote</c>: finds the socket <c>socket</c>, on whichever worker it is, and does something to it: <c>do</c> is <c>emit</c>, <c>join</c>, <c>leave</c>,
/// <c>disconnect</c> or <c>data</c>.
/// </summary>
internal static class RemoteCommands
{
    private static readonly object Ok = new { ok = true };

    public static async Task<object> RunAsync(ControlRequest request)
    {
        var id = request.Text("socket");
        var found = await request.Namespace.In(id).FetchSocketsAsync();
        var socket = found.FirstOrDefault(socket => socket.Id == id) ?? throw new ControlException($"there is no socket {id} on any worker");
        return request.Text("do") switch
        {
            "emit" => await EmitAsync(socket, request),
            "join" => await DoneAsync(socket.JoinAsync(request.Texts("rooms"))),
            "leave" => await LeaveAsync(socket, request.Texts("rooms")),
            "disconnect" => await DoneAsync(socket.DisconnectAsync(request.Flag("close"))),
            "data" => new { ok = true, data = socket.GetData<JsonElement>(), rooms = socket.Rooms, worker = socket.WorkerId },
            var other => throw new ControlException($"there is nothing called {other} to do to a socket"),
        };
    }

    private static async Task<object> DoneAsync(ValueTask done)
    {
        await done;
        return Ok;
    }

    private static async Task<object> LeaveAsync(RemoteSocket socket, string[] rooms)
    {
        foreach (var room in rooms)
            await socket.LeaveAsync(room);
        return Ok;
    }

    /// <summary>With a time limit the client's answer is waited for.</summary>
    private static async Task<object> EmitAsync(RemoteSocket socket, ControlRequest request)
    {
        if (request.Timeout is not { } timeout)
            return await DoneAsync(socket.EmitArgsAsync(request.Text("event"), request.Args));
        try
        {
            var answer = await socket.Timeout(timeout).EmitWithAckAsync<ControlValue>(request.Text("event"), request.Args);
            return new { ok = true, responses = new[] { answer.Json } };
        }
        catch (AckTimeoutException e)
        {
            return new { ok = false, error = e.Message, responses = Array.Empty<object>(), missing = e.MissingSockets };
        }
    }
}
