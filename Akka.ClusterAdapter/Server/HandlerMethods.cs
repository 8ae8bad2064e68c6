using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server;

/// <summary>The <see cref="OnAttribute"/> methods of one handler class, found once and compiled, so that an event costs no reflection.</summary>
internal sealed class HandlerMethods<THandler>
    where THandler : SocketHandler
{
    private static readonly MethodInfo ArgumentMethod
        = typeof(EventBinding).GetMethod(nameof(EventBinding.Argument), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo AnswerMethod
        = typeof(EventBinding).GetMethod(nameof(EventBinding.AnswerAsync), BindingFlags.Static | BindingFlags.NonPublic)!;

    private readonly IServiceScopeFactory _scopes;
    private readonly ObjectFactory<THandler> _create = ActivatorUtilities.CreateFactory<THandler>([]);
    private readonly List<(string EventName, EventBinding Binding)> _bindings = [];

    public HandlerMethods(IServiceScopeFactory scopes, ParameterRule parameters)
    {
        _scopes = scopes;
        HandlerAttributes.Check(typeof(THandler));
        foreach (var method in typeof(THandler).GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (method.GetCustomAttribute<OnAttribute>() is not { } on)
                continue;
            if (!method.IsPublic || method.IsStatic || method.IsGenericMethod)
                throw new InvalidOperationException($"{typeof(THandler).Name}.{method.Name} is marked to handle \"{on.EventName}\" and must be public, not static and not generic.");
            parameters.Check(method, on.EventName);
            _bindings.Add((on.EventName, Bind(method)));
        }
    }

    /// <summary>Registers everything on a socket that was just admitted.</summary>
    public ValueTask ConnectAsync(Socket socket)
    {
        foreach (var (eventName, binding) in _bindings)
            socket.Listeners.Events.Add(eventName, binding, once: false);
        socket.OnDisconnect(reason => RunAsync(socket, handler => handler.OnDisconnectedAsync(reason)));
        return RunAsync(socket, handler => handler.OnConnectedAsync());
    }

    private EventBinding Bind(MethodInfo method)
    {
        var handler = Expression.Parameter(typeof(THandler));
        var context = Expression.Parameter(typeof(EventContext));
        var taken = 0; // EventContext takes no argument
        var arguments = method.GetParameters().Select(Expression (parameter) => Expression.Call(
            ArgumentMethod.MakeGenericMethod(parameter.ParameterType), context,
            Expression.Constant(parameter.ParameterType == typeof(EventContext) ? 0 : taken++), Expression.Constant(parameter))).ToArray();
        var call = Expression.Call(handler, method, arguments);
        var result = Result(method, call, context, out var answers);
        var invoke = Expression.Lambda<Func<THandler, EventContext, ValueTask>>(result, handler, context).Compile();
        return EventBinding.OfMethod(invoke, answers, (_, e) => RunAsync(e.Socket!, instance => invoke(instance, e)));
    }

    private static Expression Result(MethodInfo method, Expression call, Expression context, out bool answers)
    {
        var type = method.ReturnType;
        answers = type.IsGenericType;
        if (type == typeof(ValueTask))
            return call;
        if (type == typeof(Task))
            return Expression.New(typeof(ValueTask).GetConstructor([typeof(Task)])!, call);
        var definition = answers ? type.GetGenericTypeDefinition() : null;
        if (definition != typeof(ValueTask<>) && definition != typeof(Task<>))
            throw new InvalidOperationException($"{typeof(THandler).Name}.{method.Name} must return ValueTask, ValueTask<T>, Task or Task<T>, not {type.Name}.");
        var value = type.GetGenericArguments()[0];
        var pending = definition == typeof(ValueTask<>) ? call
            : Expression.New(typeof(ValueTask<>).MakeGenericType(value).GetConstructor([type])!, call);
        return Expression.Call(AnswerMethod.MakeGenericMethod(value), context, pending);
    }

    private async ValueTask RunAsync(Socket socket, Func<THandler, ValueTask> call)
    {
        AsyncServiceScope scope;
        try
        {
            scope = _scopes.CreateAsyncScope();
        }
        catch (ObjectDisposedException)
        {
            socket.Namespace.Server.Dispatcher.MissServices(typeof(THandler));
            return;
        }

        await using (scope.ConfigureAwait(false))
        {
            var handler = _create(scope.ServiceProvider, null);
            handler.Socket = socket;
            await call(handler).ConfigureAwait(false);
        }
    }
}
