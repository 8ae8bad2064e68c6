using System.Reflection;
using Akka.ClusterAdapter.Operators.Contracts;
using Akka.ClusterAdapter.Server.Authorization;
using Akka.ClusterAdapter.Server.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>A handler class: its <see cref="OnAttribute"/> methods and those of its contracts, found once. Nothing of it is kept for a connection.</summary>
internal sealed class HandlerClass<THandler> : IHandlerClass
    where THandler : SocketHandler
{
    private readonly ServerObjects<THandler> _objects = new();
    private readonly HandlerPlans _plans;

    /// <exception cref="InvalidOperationException">A method cannot work, or there are no services.</exception>
    public HandlerClass(SocketIOServer server)
    {
        if (server.Services?.GetService(typeof(IServiceScopeFactory)) is null)
            throw new InvalidOperationException("Handler classes need the application's services: use AddSocketIO.");
        _plans = server.Plans;
        HandlerAttributes.Check(typeof(THandler));
        Authorization = AuthorizationRule.Of(server.Services, Name, typeof(THandler));
        Methods = [.. typeof(THandler).GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(Bind).OfType<(string, HandlerPlan)>(),
            .. ContractMethods.Of(typeof(THandler)).Select(said => (said.EventName, _plans.Of(said.Method, said.EventName, typeof(THandler), Authorization)))];
        CheckNames();
    }

    public string Name => typeof(THandler).Name;

    /// <summary>Who may connect to a namespace that it handles; null for everybody.</summary>
    public AuthorizationRule? Authorization { get; }

    /// <summary>Its methods and their events.</summary>
    public IReadOnlyList<(string EventName, HandlerPlan Plan)> Methods { get; }

    /// <summary>Called for each client that is admitted; null when the class has nothing to do then.</summary>
    public Func<Socket, ValueTask>? Connected =>
        IsOverridden(nameof(SocketHandler.OnConnectedAsync))
            ? socket => RunAsync(socket, "connection", static (handler, _) => handler.OnConnectedAsync(), default)
            : null;

    /// <summary>Called for each client that has left; null when the class has nothing to do then.</summary>
    public Func<Socket, DisconnectReason, ValueTask>? Disconnected =>
        IsOverridden(nameof(SocketHandler.OnDisconnectedAsync))
            ? (socket, reason) => RunAsync(socket, "disconnect", static (handler, reason) => handler.OnDisconnectedAsync(reason), reason)
            : null;

    public IServerObject<SocketHandler> Get(IServiceProvider services, Socket socket)
    {
        var handler = _objects.Get(services, socket.Namespace.Server);
        if (!handler.Value.TryWorkFor(socket))
            throw new InvalidOperationException(
                $"{Name} is registered as a service of which several sockets get the same instance: a handler class has one socket. "
                + "Register it with AddScoped or AddTransient, or not at all.");
        return handler;
    }

    private (string EventName, HandlerPlan Plan)? Bind(MethodInfo method)
    {
        if (method.GetCustomAttribute<OnAttribute>() is not { } on)
            return null;
        var eventName = on.EventName ?? EventNames.Of(method);
        if (!method.IsPublic || method.IsStatic || method.IsGenericMethod)
            throw new InvalidOperationException($"{Name}.{method.Name} is marked to handle \"{eventName}\" and must be public, not static and not generic.");
        return (eventName, _plans.Of(method, eventName, typeof(THandler), Authorization));
    }

    // Both would be called for each such event, and only one of them could answer.
    private void CheckNames()
    {
        foreach (var same in Methods.GroupBy(static method => method.EventName, StringComparer.Ordinal).Where(static same => same.Count() > 1))
        {
            var methods = string.Join(" and ", same.Select(static method => $"{method.Plan.Method.DeclaringType!.Name}.{method.Plan.Method.Name}"));
            throw new InvalidOperationException(
                $"{methods} would all handle \"{same.Key}\": give each an event of its own with [On(\"…\")], or let one method call the others.");
        }
    }

    private static bool IsOverridden(string method) => typeof(THandler).GetMethod(method)!.DeclaringType != typeof(SocketHandler);

    private async ValueTask RunAsync(Socket socket, string what, Func<SocketHandler, DisconnectReason, ValueTask> call, DisconnectReason reason)
    {
        if (_plans.TryCreateScope(this, what) is not { } scope)
            return;
        await using (scope.ConfigureAwait(false))
        {
            var handler = Get(scope.ServiceProvider, socket);
            try
            {
                await call(handler.Value, reason).ConfigureAwait(false);
            }
            finally
            {
                await handler.EndAsync().ConfigureAwait(false);
            }
        }
    }
}
