using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Server;

/// <summary>What the server counts, for <see cref="System.Diagnostics.Metrics"/> and as plain numbers.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>Stands for names that there may be any number of.</summary>
    public const string Other = "_OTHER";

    private readonly ServerMeter _meter;
    private readonly ConcurrentDictionary<(string Name, string Reason), StrongBox<long>> _plain = new();
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _recoveries;
    private readonly Counter<long> _moved;
    private readonly Counter<long> _drains;
    private readonly Counter<long> _received;
    private readonly Histogram<double> _events;
    private readonly Histogram<long> _recipients;
    private readonly Histogram<double> _encoding;

    public ServerMetrics(ServerMeter? meter = null)
    {
        _meter = meter ??= new(null, "");
        _rejected = meter.Meter.CreateCounter<long>("socketio.server.rejected", "{rejection}", "What clients or limits were refused, by reason.");
        _failed = meter.Meter.CreateCounter<long>("socketio.server.failed", "{exception}", "Exceptions of the application's code, by place.");
        _recoveries = meter.Meter.CreateCounter<long>("socketio.server.recoveries", "{connect}", "Clients that showed the secret of a session, by outcome.");
        _moved = meter.Meter.CreateCounter<long>(
            "socketio.server.sessions.moved", "{session}",
            "Sessions of clients that are away, or were when their worker was killed, that went to another worker or came from one.");
        _drains = meter.Meter.CreateCounter<long>("socketio.server.drains", "{drain}", "Times this worker let its clients go, by outcome.");
        _received = meter.Meter.CreateCounter<long>("socketio.server.events", "{event}", "Events of clients that came, by event and namespace.");
        _events = meter.CreateDuration(
            "socketio.server.event.duration",
            "How long handlers of clients' events take, until what they return has completed, by event, namespace and outcome.");
        _recipients = meter.CreateCrowd(
            "socketio.server.broadcast.recipients", "{socket}", "How many sockets of this worker a broadcast went to, by namespace.");
        _encoding = meter.CreateDuration(
            "socketio.server.encode.duration", "How long it takes to make the one packet that all sockets of this worker get of a broadcast, by namespace.");
    }

    /// <summary>Whether anybody listens to how long events take.</summary>
    public bool TimesEvents => _events.Enabled;

    /// <summary>Whether anybody listens to which events come.</summary>
    public bool CountsEvents => _received.Enabled;

    /// <summary>Whether anybody listens to broadcasts.</summary>
    public bool WatchesBroadcasts => _recipients.Enabled || _encoding.Enabled;

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
        ClaimOutcome.GaveWay => "gave-way",
        _ => "throttled",
    });

    /// <summary>This worker has let its clients go.</summary>
    public void Drained(bool wasCutOff) => Count(_drains, "drains", wasCutOff ? "cut-off" : "completed");

    /// <summary>An event of a client has come.</summary>
    public void EventReceived(string name, string ns) => Tell(
        static it => it.Me._meter.Count(it.Me._received, new("event", it.name), new("namespace", it.ns)), (Me: this, name, ns));

    /// <summary>A handler of a client's event has ended.</summary>
    /// <param name="name">The event; there are as many as the application has handlers for.</param>
    /// <param name="ns">Its namespace, or what the namespace was made from.</param>
    /// <param name="outcome">One of <see cref="EventOutcomes"/>.</param>
    /// <param name="duration">How long it took.</param>
    public void EventEnded(string name, string ns, string outcome, TimeSpan duration) => Tell(
        static it => it.Me._meter.Record(it.Me._events, it.duration.TotalSeconds, new("event", it.name), new("namespace", it.ns), new("outcome", it.outcome)),
        (Me: this, name, ns, outcome, duration));

    /// <summary>A broadcast went to sockets of this worker.</summary>
    /// <param name="ns">The namespace, or what it was made from.</param>
    /// <param name="recipients">How many.</param>
    /// <param name="encoding">Ticks of the stopwatch that the packet took.</param>
    public void Delivered(string ns, int recipients, long encoding) => Tell(
        static it =>
        {
            it.Me._meter.Record(it.Me._recipients, it.recipients, new KeyValuePair<string, object?>("namespace", it.ns));
            it.Me._meter.Record(it.Me._encoding, Stopwatch.GetElapsedTime(0, it.encoding).TotalSeconds, new KeyValuePair<string, object?>("namespace", it.ns));
        },
        (Me: this, ns, recipients, encoding));

    /// <summary>Sessions went to another worker or came from one.</summary>
    /// <param name="reason">One of <see cref="SessionMoveReasons"/>.</param>
    /// <param name="count">How many.</param>
    public void Moved(string reason, int count) => Count(_moved, "moved", reason, count);

    /// <summary>Shows what is kept for clients that may come back, when somebody looks.</summary>
    public void ShowRecovery(Guard guard, Func<IEnumerable<(string Name, long Count)>> bytes) => Show(
        guard, "socketio.server.recovery.bytes", "By", "Memory that is kept for clients that may come back, by kind.", bytes, "kind");

    /// <summary>Shows what there is of something, by namespace or what it was made from, when somebody looks.</summary>
    public void Show(
        Guard guard, string name, string unit, string description, Func<IEnumerable<(string Name, long Count)>> counts, string attribute = "namespace") =>
        _meter.Meter.CreateObservableUpDownCounter(name, () => guard.Read("metrics", () => Measured(counts, attribute), []), unit, description);

    public IReadOnlyDictionary<string, long> Snapshot() => _plain.ToDictionary(
        static pair => $"{pair.Key.Name}.{pair.Key.Reason}",
        static pair => Volatile.Read(ref pair.Value.Value));

    public void Dispose() => _meter.Dispose();

    private Measurement<long>[] Measured(Func<IEnumerable<(string Name, long Count)>> counts, string attribute) =>
        [.. counts().Select(each => _meter.Measured(each.Count, new KeyValuePair<string, object?>(attribute, each.Name)))];

    private void Count(Counter<long> counter, string name, string reason, int count = 1)
    {
        Interlocked.Add(ref _plain.GetOrAdd((name, reason), static _ => new()).Value, count);
        try
        {
            _meter.CountMany(counter, count, reason);
        }
        catch (Exception e)
        {
            // Telling of it counts as well, once.
            if (counter != _failed)
                ListenerFailed?.Invoke(nameof(Meter), e);
        }
    }

    private void Tell<TState>(Action<TState> tell, TState state)
    {
        try
        {
            tell(state);
        }
        catch (Exception e)
        {
            ListenerFailed?.Invoke(nameof(Meter), e);
        }
    }
}

/// <summary>Why a session went from one worker to another.</summary>
internal static class SessionMoveReasons
{
    /// <summary>Away: this worker leaves.</summary>
    public const string HandedOver = "handed-over";

    /// <summary>Away: its client has come to another worker.</summary>
    public const string Given = "given";

    /// <summary>Here: another worker leaves.</summary>
    public const string Taken = "taken";

    /// <summary>Here: another worker was killed.</summary>
    public const string Adopted = "adopted";
}

/// <summary>How a handler of a client's event ended.</summary>
internal static class EventOutcomes
{
    public const string Completed = "completed";

    /// <summary>By the handler, a filter, or because its arguments do not fit.</summary>
    public const string Refused = "refused";
    public const string Failed = "failed";

    /// <summary>It gave up because its client has left.</summary>
    public const string Cancelled = "cancelled";
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
