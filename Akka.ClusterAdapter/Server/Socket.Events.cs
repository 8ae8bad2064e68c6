using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server.Handlers;

namespace Akka.ClusterAdapter.Server;

/// <content>What happens to an event between the wire and the handlers.</content>
public sealed partial class Socket
{
    /// <summary>
    /// Names of the client's events that this socket has handlers of its own for, each once. A snapshot. Handlers of the namespace and of handler classes are
    /// not among them: nothing of those is kept for a socket.
    /// </summary>
    public IReadOnlyList<string> EventNames => Listeners.Events.Names();

    /// <summary>Catch-all handlers of incoming events, in the order in which they are called. A snapshot.</summary>
    public IReadOnlyList<Func<EventContext, ValueTask>> ListenersAny => [.. Listeners.Any];

    /// <summary>Catch-all handlers of outgoing events, in the order in which they are called. A snapshot.</summary>
    public IReadOnlyList<Action<PacketArguments>> ListenersAnyOutgoing => [.. Listeners.AnyOutgoing];

    /// <summary>How many handlers this socket has of its own for an event of the client; see <see cref="EventNames"/>.</summary>
    public int ListenerCount(string eventName)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        return Listeners.Events.CountOf(eventName);
    }

    /// <summary>Handles a declared event of the client.</summary>
    /// <param name="event">The event.</param>
    /// <param name="handler">Takes its argument; null only when the type allows it.</param>
    /// <param name="once">True handles the first such event only.</param>
    /// <returns>Disposing it takes the handler out.</returns>
    public IDisposable On<T>(Event<T> @event, Func<T, ValueTask> handler, bool once = false) => Add(@event?.Name, handler, once);

    /// <inheritdoc cref="On{T}(Event{T}, Func{T, ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T>(Event<T> @event, Func<T, Task> handler, bool once = false) => Add(@event?.Name, handler, once);

    /// <inheritdoc cref="On{T}(Event{T}, Func{T, ValueTask}, bool)"/>
    [OverloadResolutionPriority(-2)]
    public IDisposable On<T>(Event<T> @event, Action<T> handler, bool once = false) => Add(@event?.Name, handler, once);

    /// <summary>Handles a declared event of the client; the returned value is the answer.</summary>
    /// <inheritdoc cref="On{T}(Event{T}, Func{T, ValueTask}, bool)"/>
    public IDisposable On<T, TAck>(Event<T, TAck> @event, Func<T, ValueTask<TAck>> handler, bool once = false) => Add(@event?.Name, handler, once);

    /// <inheritdoc cref="On{T, TAck}(Event{T, TAck}, Func{T, ValueTask{TAck}}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T, TAck>(Event<T, TAck> @event, Func<T, Task<TAck>> handler, bool once = false) => Add(@event?.Name, handler, once);

    /// <inheritdoc cref="On{T, TAck}(Event{T, TAck}, Func{T, ValueTask{TAck}}, bool)"/>
    [OverloadResolutionPriority(-2)]
    public IDisposable On<T, TAck>(Event<T, TAck> @event, Func<T, TAck> handler, bool once = false) => Add(@event?.Name, handler, once);

    /// <summary>
    /// Called for each incoming event before its handlers and before the middlewares; not for acknowledgements. Its exceptions are logged and counted,
    /// the event goes on.
    /// </summary>
    public void OnAny(Func<EventContext, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a handler of all events");
        Listeners.AddAny(handler, isFirst: false);
    }

    /// <summary>As <see cref="OnAny"/>, before all catch-all handlers that are there already.</summary>
    public void PrependAny(Func<EventContext, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a handler of all events");
        Listeners.AddAny(handler, isFirst: true);
    }

    /// <summary>Takes a catch-all handler out; without argument all of them.</summary>
    public void OffAny(Func<EventContext, ValueTask>? handler = null) => Listeners.RemoveAny(handler);

    /// <summary>
    /// Called for each event sent to this client, broadcasts that reach it included; not for acknowledgements. On the sender's thread, outside of all
    /// locks, for what that sender sends in order; with connection state recovery right after the event was handed over, otherwise before. Must not
    /// block: the sender waits. Its exceptions are logged and counted, the event is sent.
    /// </summary>
    public void OnAnyOutgoing(Action<PacketArguments> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Namespace.Server.HasOutgoingListeners = true;
        Listeners.AddAnyOutgoing(handler, isFirst: false);
    }

    /// <summary>As <see cref="OnAnyOutgoing"/>, before all outgoing catch-all handlers that are there already.</summary>
    public void PrependAnyOutgoing(Action<PacketArguments> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Namespace.Server.HasOutgoingListeners = true;
        Listeners.AddAnyOutgoing(handler, isFirst: true);
    }

    /// <summary>Takes an outgoing catch-all handler out; without argument all of them.</summary>
    public void OffAnyOutgoing(Action<PacketArguments>? handler = null) => Listeners.RemoveAnyOutgoing(handler);

    /// <summary>
    /// Runs before the handlers of each incoming event, in the order added; not for acknowledgements. <c>await next()</c> goes on, throwing or not
    /// calling it drops the event (an exception goes to <see cref="OnError"/>; the client is told of an <see cref="EventException"/> only). It may give the
    /// event another name or other arguments: <see cref="EventContext.Name"/>, <see cref="EventContext.SetArgs"/>.
    /// </summary>
    /// <remarks>As long as middlewares do not wait, events keep their order.</remarks>
    public void Use(Func<EventContext, Func<ValueTask>, ValueTask> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        HandlerAttributes.Check(middleware, "a middleware");
        Listeners.AddMiddleware(middleware);
    }

    /// <summary>
    /// Told of exceptions of packet middlewares, and of packets that could not be decoded (<see cref="ProtocolException"/>; the connection is being
    /// closed then). Must not block; its own exceptions are logged.
    /// </summary>
    public void OnError(Action<Exception> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "an error handler");
        Listeners.AddError(handler);
    }

    /// <summary>
    /// Called when the socket leaves for whatever reason, while it is still in its rooms; once, and never before the connection handlers. It is started,
    /// not waited for: what needs the rooms comes before its first <c>await</c>. Must not block: the thread that ends the socket may have others to end.
    /// Its exceptions are logged and counted.
    /// </summary>
    public void OnDisconnecting(Func<DisconnectReason, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a disconnect handler");
        Listeners.AddDisconnecting(handler);
    }

    /// <inheritdoc cref="OnDisconnecting(Func{DisconnectReason, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public void OnDisconnecting(Func<DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a disconnect handler");
        Listeners.AddDisconnecting(reason => new ValueTask(handler(reason)));
    }

    /// <inheritdoc cref="OnDisconnecting(Func{DisconnectReason, ValueTask})"/>
    [OverloadResolutionPriority(-2)]
    public void OnDisconnecting(Action<DisconnectReason> handler) => OnDisconnecting((Delegate)handler);

    /// <inheritdoc cref="OnDisconnecting(Func{DisconnectReason, ValueTask})"/>
    /// <param name="handler">
    /// Any method or lambda. Its parameters: <see cref="DisconnectReason"/>, <see cref="Socket"/>, <see cref="Namespace"/>, <see cref="SocketIOServer"/>,
    /// <see cref="System.Security.Claims.ClaimsPrincipal"/>, <see cref="CancellationToken"/>, and services of the application.
    /// </param>
    /// <exception cref="InvalidOperationException">The handler cannot work: the message names it, the parameter or result, and the remedy.</exception>
    public void OnDisconnecting(Delegate handler) => Listeners.AddDisconnecting(LifeHandlers.Disconnect(this, handler));

    /// <summary>
    /// Called when the socket has left and is in no room any more; once, after <see cref="OnDisconnecting(Func{DisconnectReason, ValueTask})"/>. Its
    /// exceptions are logged and counted.
    /// </summary>
    public void OnDisconnect(Func<DisconnectReason, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a disconnect handler");
        Listeners.AddDisconnect(handler);
    }

    /// <inheritdoc cref="OnDisconnect(Func{DisconnectReason, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public void OnDisconnect(Func<DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a disconnect handler");
        Listeners.AddDisconnect(reason => new ValueTask(handler(reason)));
    }

    /// <inheritdoc cref="OnDisconnect(Func{DisconnectReason, ValueTask})"/>
    [OverloadResolutionPriority(-2)]
    public void OnDisconnect(Action<DisconnectReason> handler) => OnDisconnect((Delegate)handler);

    /// <inheritdoc cref="OnDisconnect(Func{DisconnectReason, ValueTask})"/>
    /// <param name="handler">
    /// Any method or lambda. Its parameters: <see cref="DisconnectReason"/>, <see cref="Socket"/>, <see cref="Namespace"/>, <see cref="SocketIOServer"/>,
    /// <see cref="System.Security.Claims.ClaimsPrincipal"/>, <see cref="CancellationToken"/>, and services of the application.
    /// </param>
    /// <exception cref="InvalidOperationException">The handler cannot work: the message names it, the parameter or result, and the remedy.</exception>
    public void OnDisconnect(Delegate handler) => Listeners.AddDisconnect(LifeHandlers.Disconnect(this, handler));

    /// <summary>An event of its client, in order. It waits while the connection handlers are being started.</summary>
    internal void Receive(Packet packet)
    {
        if (Life.Takes(packet))
            Dispatch(packet);
    }

    internal void Dispatch(Packet packet)
    {
        Namespace.Server.Observer?.Received(this, packet.Arguments);
        Action<PacketBody>? answer = packet.Header.Id is { } id ? body => Answer(id, body) : null;
        Namespace.Server.Dispatcher.Dispatch(new EventContext(this, Parser, packet.Arguments, answer), Listeners);
    }

    internal void RaiseError(Exception exception) =>
        Namespace.Server.Guard.Raise("error", Listeners.Error, static (handler, exception) => handler(exception), exception);

    internal void NotifyOutgoing(PacketBody body)
    {
        Namespace.Server.Observer?.Sent(this, body);
        var listeners = Listeners.AnyOutgoing;
        if (listeners.Length == 0 || Namespace.Recovery?.Sessions.TryDefer(Later(listeners, body)) == true)
            return;
        Notify(listeners, body);
    }

    private void Answer(long id, PacketBody body) =>
        Connection.TrySendToFew(Namespace.Server.Encode(new PacketHeader(PacketType.Ack, Namespace.Name, id), body));

    private IDisposable Add(string? eventName, Delegate handler, bool once)
    {
        ArgumentNullException.ThrowIfNull(eventName, "event");
        return On(eventName, handler, once);
    }

    private Action Later(Action<PacketArguments>[] listeners, PacketBody body) => () => Notify(listeners, body);

    private void Notify(Action<PacketArguments>[] listeners, PacketBody body)
    {
        var arguments = Parser.Read(PacketType.Event, body);
        foreach (var listener in listeners)
        {
            try
            {
                listener(arguments);
            }
            catch (Exception e)
            {
                Namespace.Server.Dispatcher.HandlerFailed(e, arguments.EventName, Namespace.Name);
            }
        }
    }
}
