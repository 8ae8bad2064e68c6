using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine;

/// <summary>What the engine counts, for <see cref="System.Diagnostics.Metrics"/> and as plain numbers.</summary>
internal sealed partial class EngineMetrics : IDisposable
{
    private const string Other = "_OTHER";

    private readonly ServerMeter _meter;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _throttled;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _forwarded;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _handshakes;
    private readonly Counter<long> _upgrades;
    private readonly Counter<long> _slow;
    private readonly Histogram<double> _lives;
    private readonly Histogram<double> _heartbeats;
    private readonly ConcurrentDictionary<(string Name, string Reason), StrongBox<long>> _plain = new();
    private int _polling;
    private int _webSockets;

    public EngineMetrics(ServerMeter meter)
    {
        _meter = meter;
        _refused = meter.Meter.CreateCounter<long>("socketio.engine.refused", "{request}", "Requests refused, by reason.");
        _rejected = meter.Meter.CreateCounter<long>("socketio.engine.rejected", "{session}", "Sessions ended for what their client did, by reason.");
        _throttled = meter.Meter.CreateCounter<long>(
            "socketio.engine.throttled", "{wait}", "Waits before a client that sends too fast was read on, by reason.");
        _dropped = meter.Meter.CreateCounter<long>("socketio.engine.dropped", "{message}", "Outgoing messages dropped, by reason.");
        _closed = meter.Meter.CreateCounter<long>("socketio.engine.closed", "{session}", "Sessions ended, by reason.");
        _forwarded = meter.Meter.CreateCounter<long>(
            "socketio.engine.forwarded", "{request}", "Requests for sessions of other workers: sent to the owner, failed there, received by the owner.");
        _failed = meter.Meter.CreateCounter<long>("socketio.engine.failed", "{callback}", "Callbacks that threw, by place; the server went on.");
        _handshakes = meter.Meter.CreateCounter<long>("socketio.engine.handshakes", "{handshake}", "Requests for a new session, by transport and outcome.");
        _upgrades = meter.Meter.CreateCounter<long>("socketio.engine.upgrades", "{upgrade}", "Changes from polling to a WebSocket, by outcome.");
        _slow = meter.Meter.CreateCounter<long>(
            "socketio.engine.slow_clients", "{session}", "Sessions ended because their client did not take what was sent, by outcome.");
        _lives = meter.CreateLife("socketio.engine.session.duration", "How long sessions last, by the transport and the reason of their end.");
        _heartbeats = meter.CreateDuration("socketio.engine.heartbeat.duration", "How long clients take to answer a heartbeat, by transport.");
    }

    /// <summary>Hears of listeners that throw: the application's code, which no session shall feel. May be null.</summary>
    public Action<string, Exception>? ListenerFailed { get; set; }

    /// <summary>Packets and bytes.</summary>
    public Traffic Traffic { get; } = new();

    public void SessionOpened(EngineSocket session)
    {
        Interlocked.Increment(ref Sessions(session));
        Interlocked.Increment(ref Cell("sessions", "").Value);
        Handshake(session.TransportName, Handshakes.Opened);
    }

    public void SessionClosed(EngineSocket session, CloseReason reason)
    {
        Interlocked.Decrement(ref Sessions(session));
        Interlocked.Decrement(ref Cell("sessions", "").Value);
        var why = reason switch
        {
            CloseReason.TransportClose => "transport-close",
            CloseReason.TransportError => "transport-error",
            CloseReason.PingTimeout => "ping-timeout",
            CloseReason.ParseError => "parse-error",
            _ => "forced-close",
        };
        Count(_closed, "closed", why);
        if (_lives.Enabled)
        {
            Tell(
                static it => it.Me._meter.Record(it.Me._lives, it.Life.TotalSeconds, new("transport", it.TransportName), new("reason", it.why)),
                (Me: this, session.TransportName, why, Life: session.Context.Server.Clock.Time.GetElapsedTime(session.OpenedAt)));
        }
    }

    public void Refused(string reason) => Count(_refused, "refused", reason);

    public void Rejected(string reason) => Count(_rejected, "rejected", reason);

    public void Throttled(string reason) => Count(_throttled, "throttled", reason);

    public void Forwarded(string reason) => Count(_forwarded, "forwarded", reason);

    public void Failed(string root) => Count(_failed, "failed", root);

    public void Dropped(string reason) => Count(_dropped, "dropped", reason);

    /// <summary>A request for a new session was answered.</summary>
    /// <param name="transport">What it asks for; whatever a stranger writes.</param>
    /// <param name="outcome">One of <see cref="Handshakes"/>.</param>
    public void Handshake(string transport, string outcome)
    {
        Interlocked.Increment(ref Cell("handshakes", outcome).Value);
        if (!_handshakes.Enabled)
            return;
        var known = transport is TransportNames.Polling or TransportNames.WebSocket ? transport : Other;
        Tell(static it => it.Me._meter.Count(it.Me._handshakes, new("transport", it.known), new("outcome", it.outcome)), (Me: this, known, outcome));
    }

    /// <summary>A WebSocket that asked to become a session's transport has, or has not.</summary>
    /// <param name="outcome">One of <see cref="Upgrades"/>.</param>
    /// <param name="session">The session, when it has.</param>
    public void Upgraded(string outcome, EngineSocket? session = null)
    {
        if (session is not null)
        {
            Interlocked.Decrement(ref _polling);
            Interlocked.Increment(ref _webSockets);
        }

        Count(_upgrades, "upgrades", outcome, "outcome");
    }

    /// <summary>A session was ended because its client is too slow.</summary>
    /// <param name="outcome">One of <see cref="SlowClients"/>.</param>
    public void SlowClient(string outcome) => Count(_slow, "slow-clients", outcome, "outcome");

    /// <summary>A client has answered a heartbeat.</summary>
    public void Ponged(string transport, TimeProvider time, long pingedAt)
    {
        if (_heartbeats.Enabled)
        {
            Tell(
                static it => it.Me._meter.Record(it.Me._heartbeats, it.Trip.TotalSeconds, new KeyValuePair<string, object?>("transport", it.transport)),
                (Me: this, transport, Trip: time.GetElapsedTime(pingedAt)));
        }
    }

    public IReadOnlyDictionary<string, long> Snapshot() => _plain.ToDictionary(
        static pair => pair.Key.Reason.Length == 0 ? pair.Key.Name : $"{pair.Key.Name}.{pair.Key.Reason}",
        static pair => Volatile.Read(ref pair.Value.Value));

    public void Dispose() => _meter.Dispose();

    private ref int Sessions(EngineSocket session) => ref session.TransportName == TransportNames.WebSocket ? ref _webSockets : ref _polling;

    private void Count(Counter<long> counter, string name, string reason, string attribute = "reason")
    {
        Interlocked.Increment(ref Cell(name, reason).Value);
        try
        {
            _meter.Count(counter, new KeyValuePair<string, object?>(attribute, reason));
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

    private StrongBox<long> Cell(string name, string reason) => _plain.GetOrAdd((name, reason), static _ => new());
}

/// <summary>What becomes of a request for a new session.</summary>
internal static class Handshakes
{
    public const string Opened = "opened";

    /// <summary>400 or 403: it can never be.</summary>
    public const string Refused = "refused";

    /// <summary>429 or 503: not now.</summary>
    public const string Postponed = "postponed";

    /// <summary>To another worker, because this one stops.</summary>
    public const string Moved = "moved";
}

/// <summary>What becomes of a WebSocket that asks to be a session's transport.</summary>
internal static class Upgrades
{
    public const string Completed = "completed";

    /// <summary>Not in order, or there is one already.</summary>
    public const string Refused = "refused";
    public const string Lost = "lost";
    public const string TimedOut = "timed-out";
}

/// <summary>Why a session ended whose client did not take what was sent.</summary>
internal static class SlowClients
{
    public const string QueueFull = "queue-full";
    public const string WriteTimeout = "write-timeout";
}
