namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>The one timer of all sessions: pings, deadlines, and connections that linger after their session's end.</summary>
internal sealed class EngineTimer : IDisposable
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
        _timer = server.Guard.CreateTimer(server.Clock.Time, nameof(EngineTimer), static timer => timer.Tick(), this, tick, tick);
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
                _server.Guard.Run(nameof(EngineTimer), static it => it.session.CheckDeadlines(it.now), (session, now));
            foreach (var (transport, _) in _server.Lingering)
                _server.Guard.Run(nameof(EngineTimer), static it => it.transport.CheckDeadlines(it.now), (transport, now));
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }
}
