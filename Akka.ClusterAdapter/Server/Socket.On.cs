using Akka.ClusterAdapter.Server.Handlers;

namespace Akka.ClusterAdapter.Server;

/// <content>Handlers of the client's events.</content>
public sealed partial class Socket
{
    /// <summary>
    /// Handles an event of the client. Handlers of one socket are started in order; none is waited for before the next event. What many sockets have in common
    /// is better given to the namespace, once: <see cref="Namespace.On(string, Delegate)"/>.
    /// </summary>
    /// <param name="eventName">The event's name, as the client writes it.</param>
    /// <param name="handler">
    /// Any method or lambda with typed parameters. These are the event's arguments by their place: more arguments than parameters are ignored; fewer, or one
    /// that does not fit, drop the event (logged at Debug, counted as <c>rejected.arguments</c>), unless the parameter is nullable or has a default. A last
    /// <c>params</c> array, or <see cref="Protocol.PacketArguments"/>, takes all that are left. Not counted, wherever they stand: <see cref="Socket"/>,
    /// <see cref="EventContext"/>, <see cref="Namespace"/>, <see cref="SocketIOServer"/>, <see cref="System.Security.Claims.ClaimsPrincipal"/> (the socket's
    /// user), <see cref="CancellationToken"/> (cancelled when the socket leaves), and the application's services, of a scope that ends with the handler. It
    /// returns nothing, a value, or either of them later (<see cref="Task"/>, <see cref="ValueTask"/>): a value is the acknowledgement; without one it is empty
    /// and follows when the handler has completed. Attributes of DataAnnotations on parameters and on the types of arguments are checked. </param>
    /// <param name="once">True handles the first such event only.</param>
    /// <returns>Disposing it takes the handler out.</returns>
    /// <exception cref="InvalidOperationException">The handler cannot work: the message names it, the parameter or result, and the remedy.</exception>
    public IDisposable On(string eventName, Delegate handler, bool once = false)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        return Listeners.Events.Add(eventName, Namespace.Server.Plans.Of(handler, HandlerSite.Event, eventName), handler, once);
    }
}
