using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine.Relaying;

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

    /// <summary>Lets another worker open a session, through its own pipeline; ends with the answer, a WebSocket's with the connection.</summary>
    /// <param name="context">A request that begins a session.</param>
    /// <returns>False when no other worker takes it.</returns>
    ValueTask<bool> TryForwardNewAsync(HttpContext context);

    /// <summary>
    /// Asks the owner of a session to answer the poll that waits there, with nothing when there is nothing, so that its client polls again by another way.
    /// </summary>
    /// <param name="sid">The session.</param>
    Task ReleaseAsync(string sid);

    /// <summary>
    /// Asks the owner of a session whose WebSocket goes through this worker to end it, if it is in the middle of its upgrade: a WebSocket that is cut then
    /// would leave its client standing still.
    /// </summary>
    /// <param name="sid">The session.</param>
    /// <returns>True when it ends, and its WebSocket with it, as soon as its client is told; false when the WebSocket may be cut.</returns>
    Task<bool> LetUpgradeGoAsync(string sid);
}
