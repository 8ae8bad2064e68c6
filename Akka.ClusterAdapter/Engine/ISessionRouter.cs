using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <summary>Brings requests to the worker they belong to.</summary>
internal interface ISessionRouter
{
    /// <summary>Whether there is a worker with a tag.</summary>
    bool Knows(int tag);

    /// <summary>Lets the owner of a session answer; ends with the answer, a WebSocket's with the connection.</summary>
    /// <param name="context">A request for a session that is not this worker's; WebSocket handshakes have passed the checks that need no session.</param>
    /// <param name="tag">The owner's tag.</param>
    /// <returns>False when nobody has answered and the caller must.</returns>
    ValueTask<bool> TryForwardAsync(HttpContext context, int tag);
}
