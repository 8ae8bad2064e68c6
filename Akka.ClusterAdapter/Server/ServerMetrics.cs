using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Adapters;
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
    private readonly Histogram<double> _events;

    public ServerMetrics(ServerMeter? meter = null)
    {
        _meter = meter ??= new(null, "");
        _rejected = meter.Meter.CreateCounter<long>("socketio.server.rejected", "{rejection}", "What clients or limits were refused, by reason.");
        _failed = meter.Meter.CreateCounter<long>("socketio.server.failed", "{exception}", "Exceptions of the application's code, by place.");
        _recoveries = meter.Meter.CreateCounter<long>("socketio.server.recoveries", "{connect}", "Clients that showed the secret of a session, by outcome.");
        _events = meter.Meter.CreateHistogram<double>("socketio.server.event.duration", "s", "How long handlers of clients' events take, until what they return has completed, by event, namespace and outcome.");
    }

    /// <summary>Whether anybody listens to how long events take.</summary>
    public bool TimesEvents => _events.Enabled;

    /// <summary>Hears of listeners that throw: the application's code, which no connection shall feel. May be null.</summary>
    public Action<string, Exception>? ListenerFailed { get; set; }

    public void Rejected(string reason) => Count(_rejected, "rejected", reason);

    public void Failed(string place) => Count(_failed, "failed", place);

    public void Recovered(ClaimOutcome outcome) => Count(_recoveries, "recoveries", outcome switch
    {
        ClaimOutcome.Recovered => "recovered",
        ClaimOutcome.Unknown => "unknown",
        ClaimOutcome.LogTooShort => "log-too-short",
        ClaimOutcome.UnknownOffset => "unknown-offset",
        ClaimOutcome.OwnerSilent => "owner-silent",
        ClaimOutcome.DataUnreadable => "data-unreadable",
        ClaimOutcome.OtherUser => "other-user",
        _ => "throttled",
    });

    /// <summary>A handler of a client's event has ended.</summary>
    /// <param name="name">The event; there are as many as the application has handlers for.</param>
    /// <param name="ns">Its namespace, or what the namespace was made from.</param>
    /// <param name="outcome">One of <see cref="EventOutcomes"/>.</param>
    /// <param name="duration">How long it took.</param>
    public void EventEnded(string name, string ns, string outcome, TimeSpan duration)
    {
        try
        {
            _meter.Record(_events, duration.TotalSeconds, new("event", name), new("namespace", ns), new("outcome", outcome));
        }
        catch (Exception e)
        {
            ListenerFailed?.Invoke(nameof(Meter), e);
        }
    }

    /// <summary>Shows how many sockets there are, by namespace or what it was made from, when somebody looks.</summary>
    public void Show(Guard guard, Func<IEnumerable<(string Namespace, int Sockets)>> sockets) => _meter.Meter.CreateObservableUpDownCounter(
        "socketio.server.sockets", () => guard.Read("metrics", () => Measured(sockets), []), "{socket}", "Connected sockets, by namespace.");

    public IReadOnlyDictionary<string, long> Snapshot() => _plain.ToDictionary(
        static pair => $"{pair.Key.Name}.{pair.Key.Reason}",
        static pair => Volatile.Read(ref pair.Value.Value));

    public void Dispose() => _meter.Dispose();

    private Measurement<int>[] Measured(Func<IEnumerable<(string Namespace, int Sockets)>> sockets) =>
        [.. sockets().Select(each => _meter.Measured(each.Sockets, new("namespace", each.Namespace)))];

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

/// <summary>How a handler of a client's event ended.</summary>
internal static class EventOutcomes
{
    public const string Completed = "completed";

    /// <summary>By the handler, a filter, or because its arguments do not fit.</summary>
    public const string Refused = "refused";
    public const string Failed = "failed";
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
