namespace Akka.ClusterAdapter.Server;

/// <summary>Connection handlers in the one form they are kept in.</summary>
internal static class ConnectionHandler
{
    public static Func<Socket, ValueTask> Of(Func<Socket, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler);
        return socket => new ValueTask(handler(socket));
    }

    public static Func<Socket, ValueTask> Of(Action<Socket> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler);
        return socket =>
        {
            handler(socket);
            return default;
        };
    }
}
