using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter;

/// <content>What happens to an event between the wire and the handlers.</content>
public sealed partial class Socket
{
    private readonly Lock _listeners = new();
    private Func<EventContext, ValueTask>[] _any = [];
    private Action<PacketArguments>[] _anyOutgoing = [];
    private Func<EventContext, Func<ValueTask>, ValueTask>[] _middlewares = [];
    private List<Func<DisconnectReason, ValueTask>>? _disconnecting;
    private List<Func<DisconnectReason, ValueTask>>? _disconnect;
    private Action<Exception>? _error;
    private bool _leaveStarted;

    internal EventHandlers Events { get; }

    /// <summary>Handles a declared event of the client.</summary>
    /// <param name="event">The event.</param>
    /// <param name="handler">Takes its argument; null only when the type allows it.</param>
    /// <param name="once">True handles the first such event only.</param>
    /// <returns>Disposing it takes the handler out.</returns>
    public IDisposable On<T>(Event<T> @event, Func<T, ValueTask> handler, bool once = false) => Add(@event?.Name, EventBinding.Of(handler), once);

    /// <inheritdoc cref="On{T}(Event{T}, Func{T, ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T>(Event<T> @event, Func<T, Task> handler, bool once = false) => Add(@event?.Name, EventBinding.Of(handler), once);

    /// <summary>Handles a declared event of the client; the returned value is the answer.</summary>
    /// <inheritdoc cref="On{T}(Event{T}, Func{T, ValueTask}, bool)"/>
    public IDisposable On<T, TAck>(Event<T, TAck> @event, Func<T, ValueTask<TAck>> handler, bool once = false) => Add(@event?.Name, EventBinding.Answering(handler), once);

    /// <inheritdoc cref="On{T, TAck}(Event{T, TAck}, Func{T, ValueTask{TAck}}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T, TAck>(Event<T, TAck> @event, Func<T, Task<TAck>> handler, bool once = false) => Add(@event?.Name, EventBinding.Answering(handler), once);

    /// <summary>Called for each incoming event before its handlers and before the middlewares; not for acknowledgements. Its exceptions are logged and counted, the event goes on.</summary>
    public void OnAny(Func<EventContext, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_listeners)
            _any = [.. _any, handler];
    }

    /// <summary>As <see cref="OnAny"/>, before all catch-all handlers that are there already.</summary>
    public void PrependAny(Func<EventContext, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_listeners)
            _any = [handler, .. _any];
    }

    /// <summary>Takes a catch-all handler out; without argument all of them.</summary>
    public void OffAny(Func<EventContext, ValueTask>? handler = null)
    {
        lock (_listeners)
            _any = handler is null ? [] : [.. _any.Where(h => h != handler)];
    }

    /// <summary>
    /// Called for each event sent to this client, broadcasts that reach it included; not for acknowledgements. On the sender's thread, outside of all locks, for what that sender sends in order; with
    /// connection state recovery right after the event was handed over, otherwise before. Must not block: the sender waits. Its exceptions are logged and counted, the event is sent.
    /// </summary>
    public void OnAnyOutgoing(Action<PacketArguments> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_listeners)
            _anyOutgoing = [.. _anyOutgoing, handler];
    }

    /// <summary>As <see cref="OnAnyOutgoing"/>, before all outgoing catch-all handlers that are there already.</summary>
    public void PrependAnyOutgoing(Action<PacketArguments> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_listeners)
            _anyOutgoing = [handler, .. _anyOutgoing];
    }

    /// <summary>Takes an outgoing catch-all handler out; without argument all of them.</summary>
    public void OffAnyOutgoing(Action<PacketArguments>? handler = null)
    {
        lock (_listeners)
            _anyOutgoing = handler is null ? [] : [.. _anyOutgoing.Where(h => h != handler)];
    }

    /// <summary>
    /// Runs before the handlers of each incoming event, in the order added; not for acknowledgements. <c>await next()</c> goes on, throwing or not calling it drops the event (an
    /// exception goes to <see cref="OnError"/>, the client is not told). It may give the event another name or other arguments: <see cref="EventContext.Name"/>, <see cref="EventContext.SetArgs"/>.
    /// </summary>
    /// <remarks>As long as middlewares do not wait, events keep their order.</remarks>
    public void Use(Func<EventContext, Func<ValueTask>, ValueTask> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        HandlerAttributes.Check(middleware);
        lock (_listeners)
            _middlewares = [.. _middlewares, middleware];
    }

    /// <summary>Told of exceptions of packet middlewares, and of packets that could not be decoded (<see cref="ProtocolException"/>; the connection is being closed then). Must not block; its own exceptions are logged.</summary>
    public void OnError(Action<Exception> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_listeners)
            _error += handler;
    }

    /// <summary>Called when the socket leaves for whatever reason, while it is still in its rooms; once, and never before the connection handlers. It is started, not waited for: what needs the rooms comes before its first <c>await</c>. Must not block: the thread that ends the socket may have others to end. Its exceptions are logged and counted.</summary>
    public void OnDisconnecting(Func<DisconnectReason, ValueTask> handler) => AddTo(ref _disconnecting, handler);

    /// <inheritdoc cref="OnDisconnecting(Func{DisconnectReason, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public void OnDisconnecting(Func<DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        AddTo(ref _disconnecting, reason => new ValueTask(handler(reason)));
    }

    /// <summary>Called when the socket has left and is in no room any more; once, after <see cref="OnDisconnecting(Func{DisconnectReason, ValueTask})"/>. Its exceptions are logged and counted.</summary>
    public void OnDisconnect(Func<DisconnectReason, ValueTask> handler) => AddTo(ref _disconnect, handler);

    /// <inheritdoc cref="OnDisconnect(Func{DisconnectReason, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public void OnDisconnect(Func<DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        AddTo(ref _disconnect, reason => new ValueTask(handler(reason)));
    }

    internal void RaiseError(Exception exception) =>
        Namespace.Server.Guard.Raise("error", _error, static (handler, exception) => handler(exception), exception);

    private IDisposable Add(string? eventName, EventBinding binding, bool once)
    {
        ArgumentNullException.ThrowIfNull(eventName, "event");
        return Events.Add(eventName, binding, once);
    }

    private void AddTo(ref List<Func<DisconnectReason, ValueTask>>? handlers, Func<DisconnectReason, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_listeners)
            handlers = [.. handlers ?? [], handler];
    }

    private void Dispatch(Packet packet)
    {
        Action<PacketBody>? answer = packet.Header.Id is { } id ? body => Answer(id, body) : null;
        var context = new EventContext(this, Parser, packet.Arguments, answer);
        foreach (var handler in _any)
            Namespace.Server.Start(static (h, e) => h(e), handler, context, Namespace.Name);
        if (_middlewares.Length == 0)
            Handle(context);
        else
            Namespace.Server.Start(static (socket, e) => socket.RunMiddlewaresAsync(e), this, context, Namespace.Name, HandlerKind.Middleware);
    }

    private async ValueTask RunMiddlewaresAsync(EventContext context)
    {
        var middlewares = _middlewares;
        try
        {
            await Next(0).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            RaiseError(e);
        }

        ValueTask Next(int index)
        {
            if (index < middlewares.Length)
                return middlewares[index](context, () => Next(index + 1));
            if (_state != SocketState.Closed)
                Handle(context);
            return default;
        }
    }

    private void Handle(EventContext context)
    {
        var handlers = Events.Take(context.Name);
        if (handlers.IsEmpty && _any.Length == 0)
            Log.HandledByNobody(Namespace.Server.Logger, context.Name, Id, Namespace.Name);
        Namespace.Server.Invoke(handlers, context, Namespace.Name);
    }

    private void Answer(long id, PacketBody body) =>
        _client.Engine.TrySend(Namespace.Server.Encode(new PacketHeader(PacketType.Ack, Namespace.Name, id), body));

    private void NotifyOutgoing(PacketBody body)
    {
        var listeners = _anyOutgoing;
        if (listeners.Length == 0 || Namespace.Recovery?.Sessions.TryDefer(Later(listeners, body)) == true)
            return;
        Notify(listeners, body);
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
                Namespace.Server.HandlerFailed(e, arguments.EventName, Namespace.Name);
            }
        }
    }
}
