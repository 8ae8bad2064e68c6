using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace TestServer.Control;

/// <summary><c>POST /control</c>: one JSON command in, one JSON answer out.</summary>
internal static class ControlEndpoint
{
    public static void MapControl(this WebApplication app)
    {
        var io = app.Services.GetRequiredService<SocketIOServer>();
        var state = app.Services.GetRequiredService<ControlState>();
        state.Watch(io);
        app.MapPost("/control", async (HttpContext context) =>
        {
            var (status, answer) = await AnswerAsync(context, io, state);
            context.Response.StatusCode = status;
            await context.Response.WriteAsJsonAsync(answer, JsonSerializerOptions.Web, context.RequestAborted);
        });
    }

    private static async Task<(int Status, object Answer)> AnswerAsync(HttpContext context, SocketIOServer io, ControlState state)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (body.RootElement.ValueKind != JsonValueKind.Object)
                throw new ControlException("the body must be a JSON object");
            return (StatusCodes.Status200OK, await RunAsync(new ControlRequest(body.RootElement, io, state), context.RequestServices));
        }
        catch (Exception e) when (e is ControlException or JsonException or ArgumentException)
        {
            return (StatusCodes.Status400BadRequest, Failure(e));
        }
        catch (Exception e) when (e is InvalidOperationException or OperationCanceledException or BroadcastTooLargeException)
        {
            return (StatusCodes.Status200OK, Failure(e));
        }
    }

    private static Task<object> RunAsync(ControlRequest request, IServiceProvider services) => request.Operation switch
    {
        "emit" => SelectionCommands.EmitAsync(request),
        "emitWithAck" => SelectionCommands.EmitWithAckAsync(request),
        "socketsJoin" => SelectionCommands.JoinAsync(request),
        "socketsLeave" => SelectionCommands.LeaveAsync(request),
        "disconnectSockets" => SelectionCommands.DisconnectAsync(request),
        "fetchSockets" => SelectionCommands.FetchAsync(request),
        "serverSideEmit" => ServerSideCommands.EmitAsync(request),
        "onServerSide" => ServerSideCommands.ListenAsync(request),
        "serverSideReceived" => ServerSideCommands.ReceivedAsync(request),
        "serverCount" => WorkerCommands.CountAsync(request),
        "join" => SocketCommands.JoinAsync(request),
        "leave" => SocketCommands.LeaveAsync(request),
        "setData" => SocketCommands.SetDataAsync(request),
        "remote" => RemoteCommands.RunAsync(request),
        "emitTo" => SocketCommands.EmitAsync(request),
        "disconnected" => WorkerCommands.DisconnectedAsync(request),
        "localRooms" => WorkerCommands.RoomsAsync(request),
        "info" => WorkerCommands.InfoAsync(request, services),
        "throttle" => WorkerCommands.ThrottleAsync(request),
        "shutdown" => WorkerCommands.ShutdownAsync(services),
        var other => throw new ControlException($"there is no operation {other}"),
    };

    private static object Failure(Exception e) => new { ok = false, error = e.Message };
}
