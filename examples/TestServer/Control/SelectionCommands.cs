using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace TestServer.Control;

/// <summary>Commands about a selection of sockets, on every worker unless local.</summary>
internal static class SelectionCommands
{
    private static readonly object Ok = new { ok = true };

    public static async Task<object> EmitAsync(ControlRequest request)
    {
        await request.Target.EmitArgsAsync(request.Text("event"), request.Args);
        return Ok;
    }

    public static async Task<object> EmitWithAckAsync(ControlRequest request)
    {
        try
        {
            var answers = await request.Target.EmitWithAckAsync<ControlValue>(request.Text("event"), request.Args);
            return new { ok = true, responses = Json(answers) };
        }
        catch (AckTimeoutException e)
        {
            return new { ok = false, error = e.Message, responses = Json(e.Answers<ControlValue>()), missing = e.MissingSockets.Concat(e.MissingWorkers) };
        }
    }

    public static async Task<object> JoinAsync(ControlRequest request)
    {
        await request.Target.SocketsJoinAsync(request.RequiredTexts("targets"));
        return Ok;
    }

    public static async Task<object> LeaveAsync(ControlRequest request)
    {
        await request.Target.SocketsLeaveAsync(request.RequiredTexts("targets"));
        return Ok;
    }

    public static async Task<object> DisconnectAsync(ControlRequest request)
    {
        await request.Target.DisconnectSocketsAsync(request.Flag("close"));
        return Ok;
    }

    public static async Task<object> FetchAsync(ControlRequest request)
    {
        try
        {
            return new { ok = true, sockets = Describe(await request.Target.FetchSocketsAsync()), missing = Array.Empty<string>() };
        }
        catch (ClusterRequestTimeoutException e)
        {
            return new { ok = false, error = e.Message, sockets = Describe(e.PartialSockets), missing = e.Missing };
        }
    }

    private static JsonElement[] Json(IReadOnlyList<ControlValue> values) => [.. values.Select(value => value.Json)];

    private static object[] Describe(IReadOnlyList<RemoteSocket> sockets) =>
    [
        .. sockets.Select(socket => new
        {
            id = socket.Id,
            rooms = socket.Rooms,
            data = socket.GetData<JsonElement>(),
            handshake = socket.Handshake,
            worker = socket.WorkerId,
        }),
    ];
}
