using System.Reflection;
using Akka.ClusterAdapter.Server.Filters;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>How a handler is called. Made once per method and shared by all that is registered with it; compiled when it is called first.</summary>
internal sealed class HandlerPlan
{
    private readonly HandlerPlans _plans;
    private readonly HandlerSignature _signature;
    private readonly HandlerSite _site;
    private readonly bool _needsServices;
    private readonly IEventFilter[] _filters;
    private HandlerCallback? _callback;
    private FilteredCallback? _filtered;

    /// <param name="plans">All plans of the server.</param>
    /// <param name="signature">The handler.</param>
    /// <param name="site">What calls it.</param>
    /// <param name="filters">Its own filters and those of its class.</param>
    public HandlerPlan(HandlerPlans plans, HandlerSignature signature, HandlerSite site, IEventFilter[] filters)
    {
        (_plans, _signature, _site, _filters) = (plans, signature, site, filters);
        _needsServices = signature.NeedsServices;
        Answers = signature.Result.Value is not null && site is HandlerSite.Event or HandlerSite.ServerSide;
    }

    /// <summary>The handler, for messages.</summary>
    public string Name => _signature.Name;

    public MethodInfo Method => _signature.Method;

    /// <summary>True when the handler's result is the acknowledgement.</summary>
    public bool Answers { get; }

    /// <summary>True when it looks at what the client has sent.</summary>
    public bool TakesArguments => _signature.Parameters.Any(static parameter =>
        parameter.Source is ParameterSource.Argument or ParameterSource.RestAsArray or ParameterSource.Rest or ParameterSource.Context);

    private HandlerCallback Callback => _callback ??= HandlerCompiler.Compile(_signature, _site);

    private FilteredCallback Filtered => _filtered ??= HandlerCompiler.CompileFiltered(_signature);

    /// <summary>Calls the handler. Its arguments are converted, and it is started, on this thread, unless a filter waits.</summary>
    /// <param name="target">The delegate; for a method, who makes the instances of its class.</param>
    /// <param name="context">The event.</param>
    public ValueTask InvokeAsync(object target, EventContext context)
    {
        var filters = _site == HandlerSite.Event ? FiltersOf(context) : [];
        return filters.Length == 0 && !_needsServices ? Callback(target, context) : InScopeAsync(target, context, filters);
    }

    /// <summary>The server's, the pattern's, the namespace's, its own.</summary>
    private IEventFilter[] FiltersOf(EventContext context)
    {
        var ns = context.Namespace;
        var life = ns.Life;
        var (all, kind, one) = (ns.Server.Filters.All, life.Parent?.Filters.All ?? [], life.Filters.All);
        return all.Length + kind.Length + one.Length == 0 ? _filters : [.. all, .. kind, .. one, .. _filters];
    }

    private async ValueTask InScopeAsync(object target, EventContext context, IEventFilter[] filters)
    {
        if (!_plans.HasServices)
        {
            await RunAsync(target, context, filters).ConfigureAwait(false);
        }
        else if (_plans.TryCreateScope(target, context.Name) is { } scope)
        {
            await using (scope.ConfigureAwait(false))
                await RunAsync(target, context.In(scope.ServiceProvider), filters).ConfigureAwait(false);
        }
    }

    private async ValueTask RunAsync(object target, EventContext context, IEventFilter[] filters)
    {
        var called = new Called(target);
        try
        {
            if (filters.Length == 0)
            {
                await Callback(called.In(context), context).ConfigureAwait(false);
                return;
            }

            var result = await new FilterRun(filters, it => Filtered(called.In(it), it)).NextAsync(context).ConfigureAwait(false);
            if (result is not null || Answers)
                await context.AckAsync<object?>(result).ConfigureAwait(false);
        }
        finally
        {
            await called.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What is called for one event: the delegate, or an instance of the handler class. There is none before the filters have let the event through, and it
    /// stays until its result is written.
    /// </summary>
    private sealed class Called(object target)
    {
        private IServerObject<SocketHandler>? _instance;

        public object In(EventContext context) =>
            target is IHandlerClass handlers ? (_instance ??= handlers.Get(context.Services, context.Socket!)).Value : target;

        public ValueTask EndAsync() => _instance?.EndAsync() ?? default;
    }
}
