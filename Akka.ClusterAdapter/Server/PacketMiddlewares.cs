namespace Akka.ClusterAdapter.Server;

/// <summary>The packet middlewares of a socket decide about one event.</summary>
internal sealed class PacketMiddlewares(EventDispatcher dispatcher, EventContext context, SocketListeners listeners)
{
    private readonly Func<EventContext, Func<ValueTask>, ValueTask>[] _middlewares = listeners.Middlewares;

    /// <summary>
    /// Runs them, one after the other; behind the last come the event's handlers. What one throws goes to the socket's error handlers, and an
    /// <see cref="EventException"/> to the client as well.
    /// </summary>
    public async ValueTask RunAsync()
    {
        try
        {
            await NextAsync(0).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (e is EventException told)
                context.Fail(new(told.Code, told.Message, told.ErrorData));
            context.Socket!.RaiseError(e);
        }
    }

    private ValueTask NextAsync(int index)
    {
        if (index < _middlewares.Length)
            return _middlewares[index](context, () => NextAsync(index + 1));
        if (!context.Socket!.Life.IsClosed)
            dispatcher.Handle(context, listeners);
        return default;
    }
}
