using System.Threading.RateLimiting;
using Akka.ClusterAdapter.Server.Filters;

namespace Akka.ClusterAdapter.Server;

/// <summary>Limits of clients' events by what the application wants: user, address, room.</summary>
public static class EventRateLimitExtensions
{
    /// <summary>
    /// Asks a limiter before each handler of a client's event in <b>all</b> namespaces of this worker, from now on. What it does not let through is refused as
    /// with <see cref="EventRateLimitAttribute"/>. A limiter with a queue makes events wait; a lease is held until the handler has completed.
    /// </summary>
    /// <param name="io">The server.</param>
    /// <param name="limiter">
    /// The limiter, such as
    /// <c>PartitionedRateLimiter.Create&lt;EventContext, string&gt;(e => RateLimitPartition.GetTokenBucketLimiter(e.Socket!.Handshake.Address, …))</c>. The
    /// application disposes of it. It counts this worker's events only. </param>
    public static SocketIOServer AddRateLimiter(this SocketIOServer io, PartitionedRateLimiter<EventContext> limiter)
    {
        ArgumentNullException.ThrowIfNull(io);
        return io.AddFilter(FilterOf(limiter));
    }

    /// <summary>The same for the handlers of a namespace.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="limiter">The limiter.</param>
    public static Namespace AddRateLimiter(this Namespace ns, PartitionedRateLimiter<EventContext> limiter)
    {
        ArgumentNullException.ThrowIfNull(ns);
        return ns.AddFilter(FilterOf(limiter));
    }

    /// <summary>The same for the handlers of all namespaces of a kind.</summary>
    /// <param name="ns">The kind.</param>
    /// <param name="limiter">The limiter.</param>
    public static DynamicNamespace AddRateLimiter(this DynamicNamespace ns, PartitionedRateLimiter<EventContext> limiter)
    {
        ArgumentNullException.ThrowIfNull(ns);
        return ns.AddFilter(FilterOf(limiter));
    }

    private static RateLimitFilter FilterOf(PartitionedRateLimiter<EventContext> limiter)
    {
        ArgumentNullException.ThrowIfNull(limiter);
        return new(limiter);
    }
}
