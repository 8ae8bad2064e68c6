using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <content>The end: gently, or at once.</content>
public sealed partial class SocketIOServer
{
    private readonly CancellationTokenSource _hurry = new();
    private readonly Lazy<Task> _drain;
    private int _closed;

    /// <summary>This worker takes no clients any more: nothing shall bring it new connections.</summary>
    internal event Action? Draining;

    internal bool IsClosed => System.Threading.Volatile.Read(ref _closed) != 0;

    /// <summary>
    /// Closes the server gently: it takes no new sessions (a handshake is brought to another worker, or answered 503), tells the other workers that it leaves, and
    /// lets its clients go one after the other, with what is queued for them and their close packet; sockets leave with <see cref="DisconnectReason.ServerShuttingDown"/>, and
    /// clients reconnect elsewhere. After <c>akka.cluster-adapter.drain-timeout</c> (2 s without a cluster) the rest is cut off, and the server is closed as by
    /// <see cref="CloseAsync"/>. What is broadcast meanwhile reaches those that are still there. Applications need not call it: a host that stops does, and so does an actor system that shuts down.
    /// Later calls wait for the first one.
    /// </summary>
    /// <param name="ct">Cuts off at once who is still there.</param>
    public async Task DrainAsync(CancellationToken ct = default)
    {
        await using var registration = Guard.Register("hurry", static hurry => hurry.Cancel(), _hurry, ct).ConfigureAwait(false);
        await _drain.Value.ConfigureAwait(false);
    }

    /// <summary>Closes the server at once: sockets leave with <see cref="DisconnectReason.ServerShuttingDown"/> (clients reconnect), connections are closed, adapters let go. Later calls do nothing.</summary>
    public async ValueTask CloseAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        Adapters.Leaving -= DrainAsync;
        foreach (var ns in _namespaces.Values)
        {
            foreach (var socket in ns.Sockets.Values)
                socket.Leave(DisconnectReason.ServerShuttingDown);
        }

        await Engine.DisposeAsync().ConfigureAwait(false);
        foreach (var ns in _namespaces.Values)
            await ns.Adapter.DisposeAsync().ConfigureAwait(false);
        Sessions?.Dispose();
        Metrics.Dispose();
    }

    /// <inheritdoc cref="CloseAsync"/>
    public ValueTask DisposeAsync() => CloseAsync();

    private Task DrainAsync() => DrainAsync(CancellationToken.None);

    private async Task LetGoAsync()
    {
        if (IsClosed)
            return;
        var start = Time.GetTimestamp();
        var sessions = Engine.SessionCount;
        Engine.BeginDrain();
        // Not ready from here on; that the others know it is awaited only when nothing new can come.
        var told = Adapters.LeaveAsync(_hurry.Token);
        Draining?.Invoke();
        await told.ConfigureAwait(false);
        Log.Draining(Logger, sessions, Adapters.DrainTimeout);
        await Engine.DrainAsync(static session => (session.State as Client)?.LetGo(), Adapters.DrainTimeout, _hurry.Token).ConfigureAwait(false);
        var left = Engine.SessionCount;
        await CloseAsync().ConfigureAwait(false);
        if (left > 0)
            Log.CutOff(Logger, left, Time.GetElapsedTime(start));
        else
            Log.Drained(Logger, Time.GetElapsedTime(start));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "This worker stops: it takes no new sessions and lets {Sessions} go, within {Limit}.")]
        public static partial void Draining(ILogger logger, int sessions, TimeSpan limit);

        [LoggerMessage(2, LogLevel.Information, "All sessions of this worker are gone, after {Elapsed}.")]
        public static partial void Drained(ILogger logger, TimeSpan elapsed);

        [LoggerMessage(3, LogLevel.Warning, "{Left} session(s) were still there after {Elapsed} and had to be cut off: their clients did not take their leave in time.")]
        public static partial void CutOff(ILogger logger, int left, TimeSpan elapsed);
    }
}
