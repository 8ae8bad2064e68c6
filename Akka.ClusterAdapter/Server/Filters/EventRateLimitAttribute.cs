using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;
using Akka.ClusterAdapter.Server.Filters;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Each socket may send an event only so often: <c>io.On("say", [EventRateLimit(10)] (string text) => …)</c>. More are refused: the handler does not run, and a
/// client that waits for the acknowledgement reads the code <c>rate_limited</c>, with the seconds to wait as <c>error.data.retryAfter</c>. Counted as
/// <c>rejected.rate-limited</c>. On a handler class each of its methods has a limit of its own.
/// </summary>
/// <remarks>
/// A limit of this worker: a client that reconnects begins anew. For limits by user, address or anything else see <see cref="EventRateLimitExtensions"/>; what
/// a connection may send in all is <see cref="EngineOptions.MaxPacketsPerSecond"/>.
/// </remarks>
/// <param name="permits">How many in <see cref="Seconds"/>. At least 1.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
public sealed class EventRateLimitAttribute(int permits) : Attribute, IEventFilter
{
    private const double Longest = 86_400;

    private readonly ConditionalWeakTable<Socket, FixedWindowRateLimiter> _limiters = [];

    /// <summary>How many events each socket may send in <see cref="Seconds"/>.</summary>
    public int Permits { get; } =
        permits > 0 ? permits : throw new ArgumentOutOfRangeException(nameof(permits), permits, "A rate limit lets at least 1 event through.");

    /// <summary>How long a window is, in seconds. Default 1. From 0.001 to 86,400.</summary>
    public double Seconds
    {
        get;
        set => field = value is >= 0.001 and <= Longest
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The window of a rate limit is from 0.001 to 86,400 seconds.");
    } = 1;

    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var limiter = _limiters.TryGetValue(context.Socket!, out var known) ? known : _limiters.GetValue(context.Socket!, _ => Create());
        // Nothing runs for a socket that is silent.
        limiter.TryReplenish();
        using var lease = limiter.AttemptAcquire();
        return lease.IsAcquired ? next(context) : throw RateLimitFilter.Refuse(lease);
    }

    private FixedWindowRateLimiter Create() =>
        new(new() { PermitLimit = Permits, Window = TimeSpan.FromSeconds(Seconds), QueueLimit = 0, AutoReplenishment = false });
}
