namespace Akka.ClusterAdapter.Server;

/// <summary>What comes after a filter: the next one, and behind the last the handler.</summary>
/// <param name="context">The event.</param>
/// <returns>The handler's result, which is the acknowledgement; null when it returns nothing.</returns>
public delegate ValueTask<object?> EventFilterNext(EventContext context);

/// <summary>
/// Runs around each handler of a client's event: before and after it, and when it throws. For validation, logging, timing, limits. Added to a server
/// (<see cref="SocketIOServer.AddFilter(IEventFilter)"/>), a namespace or a pattern; as an attribute that implements it, to a handler class, a method or a
/// lambda. The server's run first, then those of the pattern, the namespace, the class and the method, each in the order added.
/// </summary>
/// <remarks>
/// Not for events of other workers, nor for connections (<see cref="Namespace.Use"/>), nor before a handler is chosen (<see cref="Socket.Use"/>).
/// </remarks>
public interface IEventFilter
{
    /// <summary>Runs around one handler.</summary>
    /// <param name="context">The event. <see cref="EventContext.Services"/> are those of the handler's scope.</param>
    /// <param name="next">
    /// Runs what comes after it. Not called, the handler does not run. Its arguments are converted there: those that do not fit throw a
    /// <see cref="System.Text.Json.JsonException"/>.
    /// </param>
    /// <returns>The acknowledgement: usually what <paramref name="next"/> returned. Null for a handler that returns nothing is an empty one.</returns>
    ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next);
}
