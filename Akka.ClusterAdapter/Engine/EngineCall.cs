using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <summary>The parts of a request that decide what happens to it; of several parameters with one name the last counts.</summary>
internal readonly record struct EngineCall(string Transport, string Sid, string Revision, string Method, bool IsUpgrade)
{
    public static EngineCall Of(HttpContext context)
    {
        var query = context.Request.Query;
        return new(
            Last(query, "transport"),
            Last(query, "sid"),
            Last(query, "EIO"),
            WebSocketHandshake.MethodOf(context),
            WebSocketHandshake.IsRequested(context));
    }

    private static string Last(IQueryCollection query, string name) => query[name] is { Count: > 0 } values ? values[^1] ?? "" : "";
}
