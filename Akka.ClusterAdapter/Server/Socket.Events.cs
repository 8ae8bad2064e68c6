using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

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

    internal SocketEvents Events { get; } = new();

    /// <summary>Handles a declared event of the client.</summary>
    public IDisposable On<T>(Event<T> @event, Func<T, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return Events.Add(@event.Name, EventBinding.Of(handler), once: false);
    }

    /// <summary>Handles a declared event of the client; the returned value is the answer.</summary>
    public IDisposable On<T, TAck>(Event<T, TAck> @event, Func<T, ValueTask<TAck>> handler)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return Events.Add(@event.Name, EventBinding.Answering(handler), once: false);
    }

    /// <summary>Called for each incoming event before its handlers and before the middlewares; not for acknowledgements.</summary>
    public void OnAny(Func<EventContext, ValueTask> handler)
    {
        lock (_listeners)
            _any = [.. _any, handler];
    }

    /// <summary>Takes a catch-all handler out; without argument all of them.</summary>
    public void OffAny(Func<EventContext, ValueTask>? handler = null)
    {
        lock (_listeners)
            _any = handler is null ? [] : [.. _any.Where(h => h != handler)];
    }

    /// <summary>Called for each event sent to this client, broadcasts that reach it included; not for acknowledgements. Must not block: the sender waits.</summary>
    public void OnAnyOutgoing(Action<PacketArguments> handler)
    {
        lock (_listeners)
            _anyOutgoing = [.. _anyOutgoing, handler];
    }

    /// <summary>Takes an outgoing catch-all handler out; without argument all of them.</summary>
    public void OffAnyOutgoing(Action<PacketArguments>? handler = null)
    {
        lock (_listeners)
            _anyOutgoing = handler is null ? [] : [.. _anyOutgoing.Where(h => h != handler)];
    }

    /// <summary>Runs before the handlers of each incoming event, in the order added: <c>await next()</c> goes on, throwing or not calling it drops the event (an exception goes to <see cref="OnError"/>).</summary>
    public void Use(Func<EventContext, Func<ValueTask>, ValueTask> middleware)
    {
        lock (_listeners)
            _middlewares = [.. _middlewares, middleware];
    }

    /// <summary>Told of exceptions of packet middlewares and of packets that could not be decoded.</summary>
    public void OnError(Action<Exception> handler) => _error += handler;

    /// <summary>Called when the socket leaves, while it is still in its rooms.</summary>
    public void OnDisconnecting(Func<DisconnectReason, ValueTask> handler) => AddTo(ref _disconnecting, handler);

    /// <inheritdoc cref="OnDisconnecting(Func{DisconnectReason, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public void OnDisconnecting(Func<DisconnectReason, Task> handler) => AddTo(ref _disconnecting, reason => new ValueTask(handler(reason)));

    /// <summary>Called when the socket has left and is in no room any more.</summary>
    public void OnDisconnect(Func<DisconnectReason, ValueTask> handler) => AddTo(ref _disconnect, handler);

    /// <inheritdoc cref="OnDisconnect(Func{DisconnectReason, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public void OnDisconnect(Func<DisconnectReason, Task> handler) => AddTo(ref _disconnect, reason => new ValueTask(handler(reason)));

    internal void RaiseError(Exception exception)
    {
        try
        {
            _error?.Invoke(exception);
        }
        catch (Exception e)
        {
            Namespace.Server.HandlerFailed(e, "error", Namespace.Name);
        }
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
        var middlewares = _middlewares;
        if (middlewares.Length == 0)
            Handle(context);
        else
            Namespace.Server.Observe(RunMiddlewaresAsync(middlewares, context), context.Name);
    }

    private async ValueTask RunMiddlewaresAsync(Func<EventContext, Func<ValueTask>, ValueTask>[] middlewares, EventContext context)
    {
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
        Namespace.Server.Invoke(handlers, context, Namespace.Name);
    }

    private void Answer(long id, PacketBody body) =>
        _client.Engine.TrySend(Namespace.Server.Encode(new PacketHeader(PacketType.Ack, Namespace.Name, id), body));

    private void NotifyOutgoing(PacketBody body)
    {
        var listeners = _anyOutgoing;
        if (listeners.Length == 0)
            return;
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
