using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// What a handler may ask for: arguments of the event, and the event as it is (<see cref="EventContext"/>). Anything that no client can send would be
/// taken for an argument all the same, and the event would be dropped each time: so it is refused when the handler is registered.
/// </summary>
/// <param name="services">The application's services; null without.</param>
internal sealed class ParameterRule(IServiceProvider? services)
{
    private readonly IServiceProviderIsService? _services = services?.GetService(typeof(IServiceProviderIsService)) as IServiceProviderIsService;

    // What is wrong with a type of delegate; handlers are registered for every connection.
    private readonly ConcurrentDictionary<Type, Type?> _refused = new();

    /// <exception cref="InvalidOperationException">A parameter is none that a client can send.</exception>
    public void Check(EventBinding binding, string eventName)
    {
        if (binding.IsMethod)
            return;
        var refused = _refused.GetOrAdd(binding.Handler.GetType(), static (type, rule) => Array.Find(type.GetGenericArguments()[..^1], rule.IsRefused), this);
        if (refused is not null)
            throw Refuse(refused, $"The handler of \"{eventName}\"");
    }

    /// <exception cref="InvalidOperationException">A parameter is none that a client can send.</exception>
    public void Check(MethodInfo method, string eventName)
    {
        foreach (var parameter in method.GetParameters())
        {
            if (IsRefused(parameter.ParameterType))
                throw Refuse(parameter.ParameterType, $"{method.DeclaringType?.Name}.{method.Name}, the handler of \"{eventName}\",");
        }
    }

    private static InvalidOperationException Refuse(Type type, string handler)
    {
        var remedy = type == typeof(CancellationToken)
            ? "The token that is cancelled when the client leaves is socket.Disconnected."
            : "A service belongs into the constructor of a SocketHandler class, or is captured by the delegate.";
        return new InvalidOperationException(
            $"{handler} has a parameter of type {type.Name}, which no client can send: parameters are the arguments of the event, and EventContext is the event as it is. {remedy}");
    }

    private bool IsRefused(Type type)
    {
        if (type == typeof(EventContext) || type == typeof(Protocol.PacketArgument))
            return false;
        return type == typeof(CancellationToken) || type.Assembly == typeof(ParameterRule).Assembly || typeof(Delegate).IsAssignableFrom(type)
            || typeof(IServiceProvider).IsAssignableFrom(type) || IsService(type);
    }

    // Every IEnumerable<T> counts as a service, an empty one.
    private bool IsService(Type type) =>
        !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>)) && _services?.IsService(type) == true;
}
