namespace Akka.ClusterAdapter.Server.Filters;

/// <summary>A filter that is a delegate.</summary>
internal sealed class DelegateFilter(Func<EventContext, EventFilterNext, ValueTask<object?>> filter) : IEventFilter
{
    public ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next) => filter(context, next);
}

/// <summary>A filter that is a service, or made for each event from services.</summary>
internal sealed class ServiceFilter<TFilter> : IEventFilter
    where TFilter : class, IEventFilter
{
    private readonly ServerObjects<TFilter> _objects = new();

    public async ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next)
    {
        var filter = _objects.Get(context.Services, context.Namespace.Server);
        try
        {
            return await filter.Value.InvokeAsync(context, next).ConfigureAwait(false);
        }
        finally
        {
            await filter.EndAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>The filters of one handler's call, and behind them the handler.</summary>
internal sealed class FilterRun(IEventFilter[] filters, EventFilterNext handler)
{
    public ValueTask<object?> NextAsync(EventContext context) => NextAsync(context, 0);

    private ValueTask<object?> NextAsync(EventContext context, int index)
    {
        ArgumentNullException.ThrowIfNull(context);
        return index < filters.Length ? filters[index].InvokeAsync(context, it => NextAsync(it, index + 1)) : handler(context);
    }
}
