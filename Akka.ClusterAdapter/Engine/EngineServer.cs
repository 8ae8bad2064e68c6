using System.Collections.Concurrent;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Engine;

/// <summary>An Engine.IO v4 server: answers the requests of one path and keeps their sessions.</summary>
public sealed partial class EngineServer : IAsyncDisposable
{
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _alive;
    private volatile bool _isDisposed;

    /// <summary>A server that hands its sessions to <paramref name="handler"/>.</summary>
    /// <param name="options">Settings; copied, so that later changes have no effect.</param>
    /// <param name="handler">Takes sessions and messages.</param>
    /// <param name="time">Clock of heartbeats and deadlines.</param>
    /// <param name="loggers">Where to log.</param>
    /// <exception cref="OptionsValidationException">A setting is out of its range, or does not go with another.</exception>
    public EngineServer(EngineOptions options, IEngineHandler handler, TimeProvider time, ILoggerFactory loggers)
        : this(options, handler, time, loggers, new(), null)
    {
    }

    internal EngineServer(EngineOptions options, IEngineHandler handler, TimeProvider time, ILoggerFactory loggers, Flusher flusher, ServerMeter? meter = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.Snapshot();
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(loggers);
        if (new EngineOptionsValidator().Validate(null, options) is { Failed: true } invalid)
            throw new OptionsValidationException(nameof(EngineOptions), typeof(EngineOptions), invalid.Failures);

        Metrics = new(meter ?? new(null, ""));
        Options = options;
        Handler = handler;
        Clock = new(time);
        Logger = CarefulLoggers.Of(loggers, time).CreateLogger<EngineServer>();
        Guard = new(Logger, Metrics.Failed);
        Flusher = flusher;
        FlushTimeout = options.PingInterval + options.PingTimeout;
        InitialMessage = options.InitialPacket is { } text ? EngineMessage.Text(System.Text.Encoding.UTF8.GetBytes(text)) : null;
        Incomplete = new(Math.Max(options.MaxIncompleteBytes, 4L * options.MaxPayload), Guard);
        Beats = new(Clock, options);
        Deadlines = new(time, Guard);
        WireDeadlines = time == TimeProvider.System ? Deadlines : new(TimeProvider.System, Guard);
        Metrics.ListenerFailed = Guard.Fail;
        flusher.Guard = Guard;
        Admission = new(options, time);
        Others = new(this);
        Metrics.Show(this);
    }

    /// <summary>
    /// A request was refused: a wrong query, method or origin, an unknown session, or <see cref="EngineOptions.AllowRequest"/> said no. Called before the
    /// answer is written. What a subscriber throws is logged and counted, and the request answered all the same. (What is answered 429 or 503 is only
    /// counted.)
    /// </summary>
    public event Action<HttpContext, EngineError>? ConnectionError;

    /// <summary>
    /// The first request of a session is about to be answered, before <see cref="Headers"/>: response headers may be set. What a subscriber throws is logged
    /// and counted, and the request answered all the same.
    /// </summary>
    public event Action<HttpContext>? InitialHeaders;

    /// <summary>
    /// A poll, a POST or a WebSocket handshake is about to be answered, refusals excepted: response headers may be set. What a subscriber throws is logged
    /// and counted, and the request answered all the same.
    /// </summary>
    public event Action<HttpContext>? Headers;

    /// <summary>Open sessions on this worker.</summary>
    public int SessionCount => Sessions.Count;

    /// <summary>
    /// What was counted since the start, by name: <c>sessions</c> (open now), and with the reason behind the dot <c>refused.…</c> (requests not admitted),
    /// <c>rejected.…</c> (sessions ended for what their client did, such as <c>rejected.message-too-large</c>), <c>throttled.…</c>, <c>dropped.…</c>,
    /// <c>closed.…</c>, <c>failed.…</c> (callbacks that threw, by place) and <c>forwarded.…</c> (<c>forwarded.sent</c>: to the worker that owns the session).
    /// A name appears with its first count. A snapshot; the same numbers are instruments of the meter <c>Akka.ClusterAdapter</c>.
    /// </summary>
    public IReadOnlyDictionary<string, long> Counters => Metrics.Snapshot();

    /// <summary>Whether a session has ended of which the handler has not heard all yet.</summary>
    internal bool HasEndsUnderWay => Volatile.Read(ref _alive) != Sessions.Count;

    /// <summary>Whether it has ended, or is about to.</summary>
    internal bool IsDisposed => _isDisposed;

    internal EngineOptions Options { get; }

    internal IEngineHandler Handler { get; }

    internal EngineClock Clock { get; }

    internal ILogger Logger { get; }

    /// <summary>The gate of everything that the runtime calls.</summary>
    internal Guard Guard { get; }

    internal Flusher Flusher { get; }

    internal TimeSpan FlushTimeout { get; }

    internal EngineMessage? InitialMessage { get; }

    internal EngineMetrics Metrics { get; }

    /// <summary>Of its sessions, and of those who use them.</summary>
    internal DeadlineQueue Deadlines { get; }

    /// <summary>Those that are a matter of the wire, so that they keep real time.</summary>
    internal DeadlineQueue WireDeadlines { get; }

    internal Beats Beats { get; }

    /// <summary>Messages of which a part is here.</summary>
    internal IncompleteMessages Incomplete { get; }

    internal Admission Admission { get; }

    internal ConcurrentDictionary<string, EngineSocket> Sessions { get; } = new(StringComparer.Ordinal);

    /// <summary>Connections whose close frame is not answered yet.</summary>
    internal ConcurrentDictionary<WebSocketTransport, byte> Lingering { get; } = new();

    /// <summary>Closes every session at once, discarding what is queued, and refuses new ones. Completes when the handler has heard of every end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;

        _isDisposed = true;
        foreach (var (_, session) in Sessions)
            session.Close(discard: true);
        if (Others.IsOver)
            await Others.EndAllAsync().ConfigureAwait(false);

        if (Volatile.Read(ref _alive) > 0)
            await _emptied.Task.ConfigureAwait(false);

        if (WireDeadlines != Deadlines)
            WireDeadlines.Dispose();
        Metrics.Dispose();
        EndDeadlines();
    }

    /// <summary>Takes a session out of the table; its handler has not heard of the end yet.</summary>
    internal void Remove(EngineSocket session, CloseReason reason)
    {
        Sessions.TryRemove(session.Id, out _);
        session.Place?.Leave();
        Metrics.SessionClosed(session, reason);
        SessionLog.Ended(session, reason);
        if (_isDraining)
            session.Connections.LetGo();
    }

    /// <summary>The handler has heard of a session's end.</summary>
    internal void Forget()
    {
        if (Interlocked.Decrement(ref _alive) == 0 && _isDisposed)
            _emptied.TrySetResult();
    }

    /// <summary>A connection ended that lingered after its session.</summary>
    internal void EndLingering(WebSocketTransport transport)
    {
        Lingering.TryRemove(transport, out _);
        if (_isDisposed)
            EndDeadlines();
    }

    // Silent peers are still to be cut off after the last session's end.
    private void EndDeadlines()
    {
        if (Lingering.IsEmpty)
            Deadlines.Dispose();
    }

    /// <summary>
    /// A session of somebody in this process, without a request and without a limit. Its transport lets it begin, and says when its client is gone.
    /// </summary>
    internal EngineSocket Open(EngineRequest request, IEngineTransport transport) => Open(request, SessionId.Create(Others.Tag), transport, place: null);

    private EngineSocket Open(EngineRequest request, string sid, IEngineTransport transport, Place? place)
    {
        var session = new EngineSocket(this, sid, request, transport) { Place = place };
        Interlocked.Increment(ref _alive);
        Sessions[sid] = session;
        Metrics.SessionOpened(session);
        SessionLog.Opened(session);
        return session;
    }
}
