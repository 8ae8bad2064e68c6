using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine;

/// <summary>What the engine counts, for <see cref="System.Diagnostics.Metrics"/> and as plain numbers.</summary>
internal sealed class EngineMetrics : IDisposable
{
    private readonly ServerMeter _meter;
    private readonly UpDownCounter<long> _sessions;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _throttled;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _forwarded;
    private readonly Counter<long> _failed;
    private readonly ConcurrentDictionary<(string Name, string Reason), StrongBox<long>> _plain = new();

    public EngineMetrics(ServerMeter meter)
    {
        _meter = meter;
        _sessions = meter.Meter.CreateUpDownCounter<long>("socketio.engine.sessions", "{session}", "Open sessions.");
        _refused = meter.Meter.CreateCounter<long>("socketio.engine.refused", "{request}", "Requests refused, by reason.");
        _rejected = meter.Meter.CreateCounter<long>("socketio.engine.rejected", "{session}", "Sessions ended for what their client did, by reason.");
        _throttled = meter.Meter.CreateCounter<long>("socketio.engine.throttled", "{wait}", "Waits before a client that sends too fast was read on, by reason.");
        _dropped = meter.Meter.CreateCounter<long>("socketio.engine.dropped", "{message}", "Outgoing messages dropped, by reason.");
        _closed = meter.Meter.CreateCounter<long>("socketio.engine.closed", "{session}", "Sessions ended, by reason.");
        _forwarded = meter.Meter.CreateCounter<long>("socketio.engine.forwarded", "{request}", "Requests for sessions of other workers: sent to the owner, failed there, received by the owner.");
        _failed = meter.Meter.CreateCounter<long>("socketio.engine.failed", "{callback}", "Callbacks that threw, by place; the server went on.");
    }

    /// <summary>Hears of listeners that throw: the application's code, which no session shall feel. May be null.</summary>
    public Action<string, Exception>? ListenerFailed { get; set; }

    public void SessionOpened() => Add(_sessions, "sessions", 1);

    public void SessionClosed(CloseReason reason)
    {
        Add(_sessions, "sessions", -1);
        Count(_closed, "closed", reason switch
        {
            CloseReason.TransportClose => "transport-close",
            CloseReason.TransportError => "transport-error",
            CloseReason.PingTimeout => "ping-timeout",
            CloseReason.ParseError => "parse-error",
            _ => "forced-close",
        });
    }

    public void Refused(string reason) => Count(_refused, "refused", reason);

    public void Rejected(string reason) => Count(_rejected, "rejected", reason);

    public void Throttled(string reason) => Count(_throttled, "throttled", reason);

    public void Forwarded(string reason) => Count(_forwarded, "forwarded", reason);

    public void Failed(string root) => Count(_failed, "failed", root);

    public void Dropped(string reason) => Count(_dropped, "dropped", reason);

    public IReadOnlyDictionary<string, long> Snapshot() => _plain.ToDictionary(
        static pair => pair.Key.Reason.Length == 0 ? pair.Key.Name : $"{pair.Key.Name}.{pair.Key.Reason}",
        static pair => Volatile.Read(ref pair.Value.Value));

    public void Dispose() => _meter.Dispose();

    private void Add(UpDownCounter<long> counter, string name, long delta)
    {
        Interlocked.Add(ref Cell(name, "").Value, delta);
        try
        {
            _meter.Add(counter, delta);
        }
        catch (Exception e)
        {
            ListenerFailed?.Invoke(nameof(Meter), e);
        }
    }

    private void Count(Counter<long> counter, string name, string reason)
    {
        Interlocked.Increment(ref Cell(name, reason).Value);
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

    private StrongBox<long> Cell(string name, string reason) => _plain.GetOrAdd((name, reason), static _ => new());
}
