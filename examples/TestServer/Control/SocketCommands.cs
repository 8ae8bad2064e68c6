using Akka.ClusterAdapter.Server;

namespace TestServer.Control;

/// <summary>Commands about one socket of this worker.</summary>
internal static class SocketCommands
{
    private static readonly object Ok = new { ok = true };

    public static async Task<object> JoinAsync(ControlRequest request)
    {
        await request.Socket.JoinAsync(request.Texts("rooms"));
        return Ok;
    }

    public static async Task<object> LeaveAsync(ControlRequest request)
    {
        var socket = request.Socket;
        foreach (var room in request.Texts("rooms"))
            await socket.LeaveAsync(room);
        return Ok;
    }

    public static Task<object> SetDataAsync(ControlRequest request)
    {
        request.Socket.Data = request.Value("data");
        return Task.FromResult(Ok);
    }

    /// <summary>With a time limit the client's answer is waited for.</summary>
    public static async Task<object> EmitAsync(ControlRequest request)
    {
        var socket = request.Socket;
        if (request.Timeout is not { } timeout)
        {
            await socket.EmitArgsAsync(request.Text("event"), request.Args);
            return Ok;
        }

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
