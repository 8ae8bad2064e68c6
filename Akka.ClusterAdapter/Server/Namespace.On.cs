using Akka.ClusterAdapter.Server.Filters;
using Akka.ClusterAdapter.Server.Handlers;

namespace Akka.ClusterAdapter.Server;

/// <content>Handlers for all its sockets, and of events from other workers.</content>
public sealed partial class Namespace
{
    /// <summary>
    /// Handles an event of every client in it on this worker, from now on: those that are connected included. Nothing of it is kept for a connection. They are
    /// called before the handlers that a socket has of its own.
    /// </summary>
    /// <param name="eventName">The event's name, as the client writes it.</param>
    /// <param name="handler">
    /// As for <see cref="Socket.On(string, Delegate, bool)"/>; the socket is a parameter: <c>(Socket socket, string text) => …</c>.
    /// </param>
    /// <returns>Disposing it takes the handler out.</returns>
    /// <exception cref="InvalidOperationException">The handler cannot work: the message names it, the parameter or result, and the remedy.</exception>
    /// <exception cref="ArgumentException">The name belongs to Socket.IO; or it is <c>connection</c>, and the handler takes nothing of the event.</exception>
    public IDisposable On(string eventName, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        return Add(life => life.Events, eventName, EventHandlers.Wanted(Server.Plans.Of(handler, HandlerSite.Event, eventName), eventName), handler);
    }

    /// <summary>
    /// Handles an event that another worker sent with <c>ServerSideEmitAsync</c>; the sender's own worker does not get it. A returned value is this
    /// worker's answer.
    /// </summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="handler">
    /// Its parameters are the event's arguments, bound as in <see cref="Socket.On(string, Delegate, bool)"/>. There is no socket to ask for, and a
    /// <see cref="CancellationToken"/> is cancelled when this server closes.
    /// </param>
    /// <returns>Disposing it takes the handler out.</returns>
    /// <exception cref="InvalidOperationException">The handler cannot work: the message names it, the parameter or result, and the remedy.</exception>
    public IDisposable OnServerSide(string eventName, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        return Add(life => life.ServerSide, eventName, Server.Plans.Of(handler, HandlerSite.ServerSide, eventName), handler);
    }

    /// <summary>Runs a filter around each handler of a client's event in it on this worker, from now on: see <see cref="IEventFilter"/>.</summary>
    public Namespace AddFilter(IEventFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        while (!Life.TryAdd(filter))
            Server.Table.Revive(this);
        return this;
    }

    /// <summary>The same with a filter that is a service of the application; one that is not registered is made for each event from services.</summary>
    public Namespace AddFilter<TFilter>()
        where TFilter : class, IEventFilter => AddFilter(new ServiceFilter<TFilter>());

    /// <summary>The same with a delegate: <c>async (context, next) => await next(context)</c>.</summary>
    public Namespace AddFilter(Func<EventContext, EventFilterNext, ValueTask<object?>> filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        HandlerAttributes.Check(filter, "a filter");
        return AddFilter(new DelegateFilter(filter));
    }

    private void Map<THandler>(HandlerClass<THandler> handlers)
        where THandler : SocketHandler
    {
        while (!Life.TryAdd(typeof(THandler), Name))
            Server.Table.Revive(this);
        if (handlers.Authorization is { } rule)
            Require(rule);
        foreach (var (eventName, plan) in handlers.Methods)
            Add(life => life.Events, eventName, plan, handlers);
        if (handlers.Connected is { } connected)
            OnConnection(connected);
        while (handlers.Disconnected is { } disconnected && !Life.TryAdd(disconnected))
            Server.Table.Revive(this);
    }

    private IDisposable Add(Func<NamespaceLife, EventHandlers> table, string eventName, HandlerPlan plan, object target)
    {
        while (true)
        {
            var life = Life;
            if (life.TryAdd(table(life), eventName, plan, target) is { } added)
                return added;
            Server.Table.Revive(this);
        }
    }
}
