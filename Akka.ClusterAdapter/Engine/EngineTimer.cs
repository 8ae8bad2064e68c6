using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine;

/// <summary>The one timer of all sessions: pings, deadlines, and connections that linger after their session's end.</summary>
internal sealed partial class EngineTimer : IDisposable
{
    // Pings follow pongs, so that what each is late adds up: a tick is a small part of the interval.
    private const int TicksPerInterval = 50;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private readonly EngineServer _server;
    private readonly ITimer _timer;
    private int _running;

    public EngineTimer(EngineServer server)
    {
        _server = server;
        var tick = TimeSpan.FromTicks(Math.Min(server.Options.PingInterval.Ticks, server.Options.PingTimeout.Ticks) / TicksPerInterval);
        tick = tick < Shortest ? Shortest : tick > Longest ? Longest : tick;
        _timer = server.Clock.Time.CreateTimer(static timer => ((EngineTimer)timer!).Tick(), this, tick, tick);
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        // A tick that finds the previous one at work is left out.
        if (Interlocked.Exchange(ref _running, 1) == 1)
            return;

        try
        {
            var now = _server.Clock.Now;
            foreach (var (_, session) in _server.Sessions)
                session.CheckDeadlines(now);
            foreach (var (transport, _) in _server.Lingering)
                transport.CheckDeadlines(now);
        }
        catch (Exception e)
        {
            Log.TickFailed(_server.Logger, e);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Looking at the sessions' deadlines failed.")]
        public static partial void TickFailed(ILogger logger, Exception exception);
    }
}
