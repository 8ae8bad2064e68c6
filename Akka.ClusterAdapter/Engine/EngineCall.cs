using Akka.ClusterAdapter.Engine.WebSockets;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <summary>The parts of a request that decide what happens to it.</summary>
internal readonly record struct EngineCall(string Transport, string Sid, string Revision, string Method, bool IsUpgrade)
{
    /// <summary>When a request for a new session arrived; not told of others.</summary>
    public DateTimeOffset Arrived { get; init; }

    public static EngineCall Of(HttpContext context)
    {
        var (transport, sid, revision) = EngineQuery.Read(context.Request.QueryString);
        return new(transport, sid, revision, WebSocketHandshake.MethodOf(context), WebSocketHandshake.IsRequested(context));
    }
}
