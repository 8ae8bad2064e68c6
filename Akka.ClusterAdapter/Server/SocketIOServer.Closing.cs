using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter;

/// <content>The end: gently, or at once. The application's handlers that run are waited for, within the drain time-out.</content>
public sealed partial class SocketIOServer
{
    /// <summary>What disconnect handlers have at least whose clients did not leave before the drain's end; and the most that closing takes when it is to be quick.</summary>
    private static readonly TimeSpan LeastForHandlers = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _hurry = new();
    private readonly Lazy<Task> _drain;
    private Task? _end;
    private int _closed;
    private int _servicesGone;

    /// <summary>This worker takes no clients any more: nothing shall bring it new connections.</summary>
    internal event Action? Draining;

    internal bool IsClosed => System.Threading.Volatile.Read(ref _closed) != 0;

    /// <summary>
    /// Closes the server gently: it takes no new sessions (a handshake is brought to another worker, or answered 503), tells the other workers that it leaves, and
    /// lets its clients go one after the other: from then on a client's events are not dispatched any more, its handlers that run end and their acknowledgements leave, then its connection is
    /// closed with what is queued for it and its close packet. Sockets leave with <see cref="DisconnectReason.ServerShuttingDown"/>, and
    /// clients reconnect elsewhere. Disconnect handlers, and all others that still run, are waited for, and only then the adapters are let go, so that they can still emit.
    /// All of that within <c>akka.cluster-adapter.drain-timeout</c> (2 s without a cluster): a handler that owes an acknowledgement holds its client for three quarters of it, any
    /// other event handler for half; at its end the rest is cut off, and disconnect handlers that begin only then have 1 s more. What has not ended then is named in a warning and left alone.
    /// What is broadcast meanwhile reaches those that are still there. Applications need not call it: a host that stops does, and so does an actor system that shuts down.
    /// Later calls wait for the first one.
    /// </summary>
    /// <param name="ct">Cuts off at once who is still there, and waits for no handler any more.</param>
    public async Task DrainAsync(CancellationToken ct = default)
    {
        await using var registration = HurryWith(ct).ConfigureAwait(false);
        await _drain.Value.ConfigureAwait(false);
    }

    /// <summary>
    /// Closes the server at once: sockets leave with <see cref="DisconnectReason.ServerShuttingDown"/> (clients reconnect) and connections are closed. Then handlers that still run,
    /// those of the disconnects included, are waited for, at most <c>akka.cluster-adapter.drain-timeout</c> (2 s without a cluster; a warning names those that have not ended), and the adapters are let go. Later calls
    /// wait for the first one. A handler that awaits it waits for itself: it should not.
    /// </summary>
    /// <param name="ct">Waits for no handler any more; the server is closed all the same.</param>
    public async ValueTask CloseAsync(CancellationToken ct = default)
    {
        await using var registration = HurryWith(ct).ConfigureAwait(false);
        await EndAsync(Adapters.DrainTimeout).ConfigureAwait(false);
    }

    /// <summary>As <see cref="CloseAsync"/> without a token.</summary>
    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>As <see cref="CloseAsync"/> without a token, for containers that are disposed synchronously: blocks until the server is closed. Prefer <see cref="DisposeAsync"/>.</summary>
    public void Dispose() =>
        // IDisposable leaves no other way; nothing that is waited for needs this thread, and the wait has an end.
        CloseAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>A handler class was to be called whose services are disposed already. Told once.</summary>
    internal void MissServices(Type handler)
    {
        if (Interlocked.Exchange(ref _servicesGone, 1) == 0)
            Log.ServicesGone(Logger, handler.Name);
    }

    private CancellationTokenRegistration HurryWith(CancellationToken ct) =>
        Guard.Register("hurry", static hurry => hurry.Cancel(), _hurry, ct);

    private Task DrainAsync() => DrainAsync(CancellationToken.None);

    private async Task LetGoAsync()
    {
        if (_end is { } ending)
        {
            await ending.ConfigureAwait(false);
            return;
        }

        var limit = Adapters.DrainTimeout;
        var patience = new DrainPatience(Time, limit);
        var sessions = Engine.SessionCount;
        Engine.BeginDrain();
        // Not ready from here on; that the others know it is awaited only when nothing new can come.
        var told = Adapters.LeaveAsync(_hurry.Token);
        Guard.Raise(nameof(Draining), Draining, static (subscriber, _) => subscriber(), this);
        // Telling may fail, or be cut short by a hurry: the clients are let go all the same.
        await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Log.Draining(Logger, sessions, limit);
        await Engine.DrainAsync(session => (session.State as Client)?.LetGo(patience), limit, _hurry.Token).ConfigureAwait(false);
        var left = Engine.SessionCount;
        var rest = limit - patience.Elapsed;
        var least = limit < LeastForHandlers ? limit : LeastForHandlers;
        await EndAsync(rest > least ? rest : least).ConfigureAwait(false);
        if (left > 0)
            Log.CutOff(Logger, left, patience.Elapsed);
        else
            Log.Drained(Logger, patience.Elapsed);
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
        var start = Time.GetTimestamp();
        Adapters.Leaving -= DrainAsync;
        using var patience = new CancellationTokenSource(limit, Time);
        // Closing itself takes no time unless the application's code blocks: who is in a hurry does not wait for that.
        await using var hurry = Guard.Register("hurry", static patience => patience.CancelAfter(LeastForHandlers), patience, _hurry.Token).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _hurry.Token);
        var ct = patience.Token;
        // Each on a thread of its own, for what they call is the application's and may block.
        Task leaving = Task.WhenAll(Table.Present.SelectMany(ns => ns.Sockets.Values).Select(socket =>
            Task.Run(() => Guard.Run("leave", static socket => socket.Leave(DisconnectReason.ServerShuttingDown), socket))));
        await leaving.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Run(() => Guard.RunAsync("engine", static engine => engine.DisposeAsync().AsTask(), Engine)).WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!await Running.WaitAsync(either.Token).ConfigureAwait(false))
            Log.HandlersLeft(Logger, Time.GetElapsedTime(start), Running.ToString());
        Interlocked.Exchange(ref _closed, 1);
        await Table.CloseAsync().ConfigureAwait(false);
        Sessions?.Dispose();
        Metrics.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "This worker stops: it takes no new sessions and lets {Sessions} go, within {Limit}.")]
        public static partial void Draining(ILogger logger, int sessions, TimeSpan limit);

        [LoggerMessage(2, LogLevel.Information, "All sessions of this worker are gone, after {Elapsed}.")]
        public static partial void Drained(ILogger logger, TimeSpan elapsed);

        [LoggerMessage(3, LogLevel.Warning, "{Left} session(s) were still there after {Elapsed} and had to be cut off: their clients did not take their leave in time.")]
        public static partial void CutOff(ILogger logger, int left, TimeSpan elapsed);

        [LoggerMessage(4, LogLevel.Warning, "Handlers of the application had not ended {Elapsed} after the server was closed and are not waited for any more ({Kinds}): let them end when socket.Disconnected is cancelled, or set akka.cluster-adapter.drain-timeout higher.")]
        public static partial void HandlersLeft(ILogger logger, TimeSpan elapsed, string kinds);

        [LoggerMessage(5, LogLevel.Warning, "The application's services were disposed before its server was closed, so methods of {Handler} were not called for its last clients: stop the application (StopAsync) before it is disposed.")]
        public static partial void ServicesGone(ILogger logger, string handler);
    }
}
