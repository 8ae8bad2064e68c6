using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Server;

/// <summary>What the server counts, for <see cref="System.Diagnostics.Metrics"/> and as plain numbers.</summary>
internal sealed class ServerMetrics : IDisposable
{
    private readonly ServerMeter _meter;
    private readonly ConcurrentDictionary<(string Name, string Reason), StrongBox<long>> _plain = new();
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _recoveries;

    public ServerMetrics(ServerMeter? meter = null)
    {
        _meter = meter ??= new(null, "");
        _rejected = meter.Meter.CreateCounter<long>("socketio.server.rejected", "{rejection}", "What clients or limits were refused, by reason.");
        _failed = meter.Meter.CreateCounter<long>("socketio.server.failed", "{exception}", "Exceptions of the application's code, by place.");
        _recoveries = meter.Meter.CreateCounter<long>("socketio.server.recoveries", "{connect}", "Clients that showed the secret of a session, by outcome.");
    }

    /// <summary>Hears of listeners that throw: the application's code, which no connection shall feel. May be null.</summary>
    public Action<string, Exception>? ListenerFailed { get; set; }

    public void Rejected(string reason) => Count(_rejected, "rejected", reason);

    public void Failed(string place) => Count(_failed, "failed", place);

    public void Recovered(bool isRecovered) => Count(_recoveries, "recoveries", isRecovered ? "recovered" : "failed");

    public IReadOnlyDictionary<string, long> Snapshot() => _plain.ToDictionary(
        static pair => $"{pair.Key.Name}.{pair.Key.Reason}",
        static pair => Volatile.Read(ref pair.Value.Value));

    public void Dispose() => _meter.Dispose();

    private void Count(Counter<long> counter, string name, string reason)
    {
        Interlocked.Increment(ref _plain.GetOrAdd((name, reason), static _ => new()).Value);
        try
        {
            _meter.Count(counter, reason);
        }
        catch (Exception e)
        {
            // Telling of it counts as well, once.
            if (counter != _failed)
                ListenerFailed?.Invoke(nameof(Meter), e);
        }
    }
}

/// <summary>Reasons of <see cref="ServerMetrics.Rejected"/>.</summary>
internal static class Rejections
{
    public const string Arguments = "arguments";
    public const string AuthTooLarge = "auth-too-large";
    public const string ConnectTimeout = "connect-timeout";
    public const string Event = "event";
    public const string Failure = "failure";
    public const string InvalidNamespace = "invalid-namespace";
    public const string Middleware = "middleware";
    public const string RateLimited = "rate-limited";
    public const string RecoveryBudget = "recovery-budget";
    public const string SlowPacket = "slow-packet";
    public const string Stopping = "stopping";
    public const string TokenExpired = "token-expired";
    public const string TooManyAcks = "too-many-acks";
    public const string TooManyDynamicNamespaces = "too-many-dynamic-namespaces";
    public const string TooManyNamespaces = "too-many-namespaces";
    public const string TooManyRooms = "too-many-rooms";
    public const string Unauthorized = "unauthorized";
    public const string Violation = "violation";
}
