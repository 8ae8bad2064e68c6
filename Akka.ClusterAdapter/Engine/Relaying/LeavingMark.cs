using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine.Relaying;

/// <summary>
/// What a worker that stops asks the owner of a session that goes through it: to answer the poll that waits there or, with this mark, to end the session when
/// it is in the middle of its upgrade, which the owner says with 202.
/// </summary>
internal static class LeavingMark
{
    public const string Header = "Socketio-Leaving";

    public const string WebSocket = "websocket";

    /// <summary>Answers such a request, for a session that may be gone.</summary>
    public static void Answer(HttpContext context, EngineSocket? session)
    {
        if (context.Request.Headers[Header] != WebSocket)
            session?.Polling?.Release();
        else if (session?.Upgrade?.LetGo() == true)
            context.Response.StatusCode = StatusCodes.Status202Accepted;
    }
}
