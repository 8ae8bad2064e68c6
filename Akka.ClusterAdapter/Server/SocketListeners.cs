using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server.Handlers;

namespace Akka.ClusterAdapter.Server;

/// <summary>All that the application has registered on one socket. Thread-safe: what is read is a snapshot.</summary>
internal sealed class SocketListeners
{
    private readonly Lock _gate = new();

    /// <summary>Handlers by event name.</summary>
    public EventHandlers Events { get; } = new();

    /// <summary>Catch-all handlers of incoming events.</summary>
    public Func<EventContext, ValueTask>[] Any { get; private set; } = [];

    /// <summary>Catch-all handlers of outgoing events.</summary>
    public Action<PacketArguments>[] AnyOutgoing { get; private set; } = [];

    public Func<EventContext, Func<ValueTask>, ValueTask>[] Middlewares { get; private set; } = [];

    /// <summary>Called while the socket is in its rooms.</summary>
    public Func<DisconnectReason, ValueTask>[] Disconnecting { get; private set; } = [];

    /// <summary>Called when it has left them.</summary>
    public Func<DisconnectReason, ValueTask>[] Disconnect { get; private set; } = [];

    public Action<Exception>? Error { get; private set; }

    public void AddAny(Func<EventContext, ValueTask> handler, bool isFirst)
    {
        lock (_gate)
            Any = isFirst ? [handler, .. Any] : [.. Any, handler];
    }

    /// <summary>Takes a handler out; null takes all.</summary>
    public void RemoveAny(Func<EventContext, ValueTask>? handler)
    {
        lock (_gate)
            Any = handler is null ? [] : [.. Any.Where(other => other != handler)];
    }

    public void AddAnyOutgoing(Action<PacketArguments> handler, bool isFirst)
    {
        lock (_gate)
            AnyOutgoing = isFirst ? [handler, .. AnyOutgoing] : [.. AnyOutgoing, handler];
    }

    /// <summary>Takes a handler out; null takes all.</summary>
    public void RemoveAnyOutgoing(Action<PacketArguments>? handler)
    {
        lock (_gate)
            AnyOutgoing = handler is null ? [] : [.. AnyOutgoing.Where(other => other != handler)];
    }

    public void AddMiddleware(Func<EventContext, Func<ValueTask>, ValueTask> middleware)
    {
        lock (_gate)
            Middlewares = [.. Middlewares, middleware];
    }

    public void AddDisconnecting(Func<DisconnectReason, ValueTask> handler)
    {
        lock (_gate)
            Disconnecting = [.. Disconnecting, handler];
    }

    public void AddDisconnect(Func<DisconnectReason, ValueTask> handler)
    {
        lock (_gate)
            Disconnect = [.. Disconnect, handler];
    }

    public void AddError(Action<Exception> handler)
    {
        lock (_gate)
            Error += handler;
    }
}
