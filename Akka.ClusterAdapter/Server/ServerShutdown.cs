using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>The end of a server: gently, or at once. The application's handlers that run are waited for, within the drain time-out.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Calls may come after the end: a source that is disposed would make them throw.")]
internal sealed partial class ServerShutdown
{
    /// <summary>
    /// What disconnect handlers have at least whose clients did not leave before the drain's end; and the most that closing takes when it is to be
    /// quick.
    /// </summary>
    private static readonly TimeSpan LeastForHandlers = TimeSpan.FromSeconds(1);

    private readonly SocketIOServer _server;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Lazy<Task> _drain;
    private Task? _end;
    private int _closed;

    public ServerShutdown(SocketIOServer server)
    {
        _server = server;
        _drain = new(() => Task.Run(LetGoAsync));
        server.Adapters.Leaving += DrainAsync;
    }

    /// <summary>This worker takes no clients any more: nothing shall bring it new connections.</summary>
    public event Action? Draining;

    /// <summary>Cancelled when the server is closed, once its clients were let go.</summary>
    public CancellationToken Closing => _closing.Token;

    public bool IsClosed => Volatile.Read(ref _closed) != 0;

    /// <summary>Lets the clients go one after the other, then closes. Later calls wait for the first one.</summary>
    /// <param name="ct">Cuts off at once who is still there, and waits for no handler any more.</param>
    public async Task DrainAsync(CancellationToken ct)
    {
        await using var registration = HurryWith(ct).ConfigureAwait(false);
        await _drain.Value.ConfigureAwait(false);
        await _server.Engine.DrainOthersAsync(_server.Adapters.DrainTimeout, _hurry.Token).ConfigureAwait(false);
    }

    /// <summary>Closes everything at once. Later calls wait for the first one.</summary>
    /// <param name="ct">Waits for no handler any more.</param>
    public async ValueTask CloseAsync(CancellationToken ct)
    {
        await using var registration = HurryWith(ct).ConfigureAwait(false);
        await EndAsync(_server.Adapters.DrainTimeout).ConfigureAwait(false);
    }

    private CancellationTokenRegistration HurryWith(CancellationToken ct) =>
        _server.Guard.Register("hurry", static hurry => hurry.Cancel(), _hurry, ct);

    private Task DrainAsync() => DrainAsync(CancellationToken.None);

    private async Task LetGoAsync()
    {
        if (_end is { } ending)
        {
            await ending.ConfigureAwait(false);
            return;
        }

        var engine = _server.Engine;
        var limit = _server.Adapters.DrainTimeout;
        var patience = new DrainDeadlines(_server.Time, limit);
        var sessions = engine.SessionCount;
        engine.BeginDrain();
        // Not ready from here on; that the others know it is awaited only when nothing new can come.
        var told = _server.Adapters.LeaveAsync(_hurry.Token);
        _server.Guard.Raise(nameof(Draining), Draining, static (subscriber, _) => subscriber(), this);
        // Telling may fail, or be cut short by a hurry: the clients are let go all the same.
        await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Log.Draining(_server.Logger, sessions, limit);
        await engine.DrainAsync(session => (session.State as Client)?.Running.LetGo(patience), limit, _hurry.Token).ConfigureAwait(false);
        var left = engine.SessionCount;
        var rest = limit - patience.Elapsed;
        var least = limit < LeastForHandlers ? limit : LeastForHandlers;
        await EndAsync(rest > least ? rest : least).ConfigureAwait(false);
        _server.Metrics.Drained(wasCutOff: left > 0);
        if (left > 0)
            Log.CutOff(_server.Logger, left, patience.Elapsed);
        else
            Log.Drained(_server.Logger, patience.Elapsed);
    }

    /// <summary>Closes everything, once.</summary>
    /// <param name="limit">How long the application's code may take.</param>
    private Task EndAsync(TimeSpan limit)
    {
        lock (_gate)
            return _end ??= Task.Run(() => RunEndAsync(limit));
    }

    private async Task RunEndAsync(TimeSpan limit)
    {
        var guard = _server.Guard;
        var start = _server.Time.GetTimestamp();
        _server.Adapters.Leaving -= DrainAsync;
        using var patience = new CancellationTokenSource(limit, _server.Time);
        // Closing itself takes no time unless the application's code blocks: who is in a hurry does not wait for that.
        await using var hurry = guard.Register("hurry", static patience => patience.CancelAfter(LeastForHandlers), patience, _hurry.Token)
            .ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _hurry.Token);
        await CloseConnectionsAsync(patience.Token).ConfigureAwait(false);
        var drain = _server.Adapters.DrainTimeout;
        await HandOverAsync(drain < LeastForHandlers ? LeastForHandlers : drain).ConfigureAwait(false);
        guard.Observe("closing", _closing.CancelAsync());
        var running = _server.Dispatcher.Running;
        if (!await running.WaitAsync(either.Token).ConfigureAwait(false))
            Log.HandlersLeft(_server.Logger, _server.Time.GetElapsedTime(start), running.ToString());
        // Clients that were about to connect: what they had claimed is kept when their connects have ended.
        await HandOverAsync(LeastForHandlers).ConfigureAwait(false);
        Interlocked.Exchange(ref _closed, 1);
        await _server.Table.CloseAsync().ConfigureAwait(false);
        _server.Sessions?.Dispose();
        _server.Metrics.Dispose();
        _server.Targets.Dispose();
    }

    /// <summary>Each socket on a thread of its own, for what it calls is the application's and may block.</summary>
    private async Task CloseConnectionsAsync(CancellationToken ct)
    {
        var guard = _server.Guard;
        Task leaving = Task.WhenAll(_server.Table.Present.SelectMany(ns => ns.Sockets.Values).Select(socket =>
            Task.Run(() => guard.Run("leave", static socket => socket.Life.Leave(DisconnectReason.ServerShuttingDown), socket), CancellationToken.None)));
        await leaving.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var closing = Task.Run(() => guard.RunAsync("engine", static engine => engine.DisposeAsync().AsTask(), _server.Engine), CancellationToken.None);
        await closing.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The clients are away now: whoever remains keeps their sessions, so that they find them wherever they come to.</summary>
    private async Task HandOverAsync(TimeSpan limit)
    {
        if (_server.Sessions is null)
            return;
        // It has its own time, as long as draining may take: a handler that blocks must not cost everybody else their sessions.
        using var patience = new CancellationTokenSource(limit, _server.Time);
        var ct = patience.Token;
        var handing = Task.WhenAll(
            _server.Table.Present.Select(ns => _server.Guard.RunAsync("hand-over", static it => it.ns.Recovery!.HandOverAsync(it.ct), (ns, ct))));
        await ((Task)handing).WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static partial class Log
    {
        [LoggerMessage(2091, LogLevel.Information, "This worker stops: it takes no new sessions and lets {Sessions} go, within {Limit}.")]
        public static partial void Draining(ILogger logger, int sessions, TimeSpan limit);

        [LoggerMessage(2092, LogLevel.Information, "All sessions of this worker are gone, after {Elapsed}.")]
        public static partial void Drained(ILogger logger, TimeSpan elapsed);

        [LoggerMessage(2093, LogLevel.Warning,
            "{Left} session(s) were still there after {Elapsed} and had to be cut off: their clients did not take their leave in time.",
            EventName = "SessionsCutOff")]
        public static partial void CutOff(ILogger logger, int left, TimeSpan elapsed);

        [LoggerMessage(2094, LogLevel.Warning,
            "Handlers of the application had not ended {Elapsed} after the server was closed and are not waited for any more ({Kinds}): "
            + "let them end when socket.Disconnected is cancelled, or set akka.cluster-adapter.drain-timeout higher.", EventName = "HandlersStillRunning")]
        public static partial void HandlersLeft(ILogger logger, TimeSpan elapsed, string kinds);
    }
}
