using System.Reflection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>How a handler is called. Made once per method and shared by all that is registered with it; compiled when it is called first.</summary>
internal sealed class HandlerPlan(HandlerPlans plans, HandlerSignature signature, HandlerSite site)
{
    private readonly bool _needsServices = signature.NeedsServices;
    private HandlerCallback? _callback;

    /// <summary>The handler, for messages.</summary>
    public string Name => signature.Name;

    public MethodInfo Method => signature.Method;

    /// <summary>True when the handler's result is the acknowledgement.</summary>
    public bool Answers { get; } = signature.Result.Value is not null && site is HandlerSite.Event or HandlerSite.ServerSide;

    private HandlerCallback Callback => _callback ??= HandlerCompiler.Compile(signature, site);

    /// <summary>Calls the handler. Its arguments are converted, and it is started, on this thread.</summary>
    /// <param name="target">The delegate; for a method, who makes the instances of its class.</param>
    /// <param name="context">The event.</param>
    public ValueTask InvokeAsync(object target, EventContext context) => _needsServices ? InScopeAsync(target, context) : Callback(target, context);

    private async ValueTask InScopeAsync(object target, EventContext context)
    {
        if (plans.TryCreateScope(target, context.Name) is not { } scope)
            return;
        await using (scope.ConfigureAwait(false))
        {
            var own = context.In(scope.ServiceProvider);
            if (target is IHandlerClass made)
                target = made.Create(scope.ServiceProvider, context.Socket!);
            await Callback(target, own).ConfigureAwait(false);
        }
    }
}
