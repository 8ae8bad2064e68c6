using System.Collections.Concurrent;
using System.Reflection;
using Akka.ClusterAdapter.Server.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>The plans of all handlers of a server. Handlers are registered for every connection: each method is analysed once. Thread-safe.</summary>
/// <param name="server">The server.</param>
/// <param name="services">The application's services; null without.</param>
internal sealed class HandlerPlans(SocketIOServer server, IServiceProvider? services)
{
    private readonly HandlerAnalyzer _analyzer = new(services, server.Parser);
    private readonly IServiceScopeFactory? _scopes = services?.GetService(typeof(IServiceScopeFactory)) as IServiceScopeFactory;
    private readonly ConcurrentDictionary<(Type Delegate, MethodInfo Method, HandlerSite Site), HandlerPlan> _plans = new();

    /// <summary>True when the server was made with the application's services.</summary>
    public bool HasServices => _scopes is not null;

    /// <summary>The plan of a delegate.</summary>
    /// <param name="handler">The delegate.</param>
    /// <param name="site">What calls it.</param>
    /// <param name="eventName">Its event, for messages.</param>
    /// <exception cref="InvalidOperationException">It cannot work.</exception>
    public HandlerPlan Of(Delegate handler, HandlerSite site, string eventName)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var method = handler.Method;
        return _plans.TryGetValue((handler.GetType(), method, site), out var known) ? known : Make(handler, method, site, eventName);
    }

    /// <summary>The plan of a method of a handler class.</summary>
    /// <exception cref="InvalidOperationException">It cannot work.</exception>
    /// <param name="method">The method.</param>
    /// <param name="eventName">Its event, for messages.</param>
    /// <param name="handler">The class.</param>
    /// <param name="rule">
    /// Who may connect to the class's namespace. Asked for each event too: who was connected before the class was registered must not get in by that.
    /// </param>
    public HandlerPlan Of(MethodInfo method, string eventName, Type handler, AuthorizationRule? rule)
    {
        var signature = _analyzer.Analyze(method, $"{handler.Name}.{method.Name}, the handler of \"{eventName}\",");
        IEventFilter[] ofClass = rule is null ? [] : [new AuthorizationFilter(rule)];
        return new(this, signature, HandlerSite.Event, [.. ofClass, .. Guards(signature.Name, method), .. FiltersOf(handler), .. FiltersOf(method)]);
    }

    /// <summary>A scope of the application's services; null when they are gone already, which is told once.</summary>
    public AsyncServiceScope? TryCreateScope(object target, string eventName)
    {
        try
        {
            return _scopes!.CreateAsyncScope();
        }
        catch (ObjectDisposedException)
        {
            server.Dispatcher.MissServices(target is IHandlerClass made ? made.Name : $"the handler of \"{eventName}\"");
            return null;
        }
    }

    private HandlerPlan Make(Delegate handler, MethodInfo method, HandlerSite site, string eventName)
    {
        var what = site switch
        {
            HandlerSite.Connection => "A connection handler",
            HandlerSite.Disconnect => "A disconnect handler",
            HandlerSite.ServerSide => $"The handler of the server-side event \"{eventName}\"",
            _ => $"The handler of \"{eventName}\"",
        };
        HandlerAttributes.Check(handler, char.ToLowerInvariant(what[0]) + what[1..], mayAuthorize: site == HandlerSite.Event);
        var filters = site == HandlerSite.Event ? [.. Guards(what, method), .. FiltersOf(method)] : CheckNoFilters(what, method);
        var plan = new HandlerPlan(this, _analyzer.Analyze(handler, method, site, what), site, filters);
        // What was compiled at run time is another method each time.
        return method.DeclaringType is null ? plan : _plans.GetOrAdd((handler.GetType(), method, site), plan);
    }

    // Authorization comes before the filters of class and method, as middleware comes before endpoint filters.
    private IEnumerable<IEventFilter> Guards(string what, MethodInfo method) =>
        AuthorizationRule.Of(services, what, method) is { } rule ? [new AuthorizationFilter(rule)] : [];

    private static IEnumerable<IEventFilter> FiltersOf(MemberInfo member) => member.GetCustomAttributes(inherit: true).OfType<IEventFilter>();

    private static IEventFilter[] CheckNoFilters(string what, MethodInfo method) => FiltersOf(method).FirstOrDefault() is { } filter
        ? throw new InvalidOperationException($"{what} has the filter {filter.GetType().Name}, which runs around handlers of clients' events only.")
        : [];
}
