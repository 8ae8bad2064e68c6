using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>Connection and disconnect handlers in the one form that each is kept in.</summary>
internal static class LifeHandlers
{
    public static Func<Socket, ValueTask> Connection(Func<Socket, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a connection handler");
        return socket => new ValueTask(handler(socket));
    }

    public static Func<Socket, ValueTask> Connection(Action<Socket> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a connection handler");
        return socket =>
        {
            handler(socket);
            return default;
        };
    }

    /// <exception cref="InvalidOperationException">It cannot work.</exception>
    public static Func<Socket, ValueTask> Connection(Delegate handler, HandlerPlans plans)
    {
        var plan = plans.Of(handler, HandlerSite.Connection, "connection");
        return socket => plan.InvokeAsync(handler, Context(socket, "connection", default));
    }

    /// <exception cref="InvalidOperationException">It cannot work.</exception>
    public static Func<DisconnectReason, ValueTask> Disconnect(Socket socket, Delegate handler)
    {
        var plan = socket.Namespace.Server.Plans.Of(handler, HandlerSite.Disconnect, "disconnect");
        return reason => plan.InvokeAsync(handler, Context(socket, "disconnect", reason));
    }

    private static EventContext Context(Socket socket, string name, DisconnectReason reason) =>
        new EventContext(socket, socket.Parser, new NoArguments(name), null).Because(reason);

    private sealed class NoArguments(string name) : PacketArguments
    {
        public override string EventName => name;

        public override int Count => 0;

        public override PacketBody Body => throw new NotSupportedException("There is no event.");

        public override T Get<T>(int index) => throw new ArgumentOutOfRangeException(nameof(index));

        public override bool IsNull(int index) => throw new ArgumentOutOfRangeException(nameof(index));
    }
}
