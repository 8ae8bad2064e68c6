using System.Text.Json.Serialization;
using System.Threading.RateLimiting;

namespace Akka.ClusterAdapter.Server.Filters;

/// <summary>Lets an event through when the application's limiter does.</summary>
internal sealed class RateLimitFilter(PartitionedRateLimiter<EventContext> limiter) : IEventFilter
{
    public async ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next)
    {
        // Held until the handler has completed, as limits of concurrency want it.
        using var lease = await limiter.AcquireAsync(context, permitCount: 1, context.CancellationToken).ConfigureAwait(false);
        return lease.IsAcquired ? await next(context).ConfigureAwait(false) : throw Refuse(lease);
    }

    public static EventException Refuse(RateLimitLease lease) => lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
        ? new("rate limited", new RetryAfter(Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))))
        {
            Code = FailureCodes.RateLimited,
            Rejection = Rejections.RateLimited,
        }
        : new("rate limited") { Code = FailureCodes.RateLimited, Rejection = Rejections.RateLimited };
}

/// <summary>When it is worth trying again, for the client.</summary>
internal sealed record RetryAfter([property: JsonPropertyName("retryAfter")] int Seconds);
