namespace Akka.ClusterAdapter.Server.Authorization;

/// <summary>Lets an event through when its client's user may.</summary>
internal sealed class AuthorizationFilter(AuthorizationRule rule) : IEventFilter
{
    public async ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next)
    {
        var user = context.Socket!.User;
        if (await rule.AllowsAsync(user, context).ConfigureAwait(false))
            return await next(context).ConfigureAwait(false);
        throw Refusal.OfEvent(user);
    }
}
