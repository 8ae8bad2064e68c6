using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>The moments at which heartbeats are looked at: common ones, so that those of many sessions need one timer's call together.</summary>
internal sealed class Beats(EngineClock clock, EngineOptions options)
{
    // Pings follow pongs, so that what each is late adds up: a step is a small part of the interval.
    private const int StepsPerInterval = 50;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private readonly long _start = clock.Now;
    private readonly long _step = clock.Ticks(StepOf(options));

    /// <summary>The first of these moments that is not before a timestamp.</summary>
    public long Next(long moment) => _start + ((moment - _start + _step - 1) / _step * _step);

    private static TimeSpan StepOf(EngineOptions options)
    {
        var step = TimeSpan.FromTicks(Math.Min(options.PingInterval.Ticks, options.PingTimeout.Ticks) / StepsPerInterval);
        return step < Shortest ? Shortest : step > Longest ? Longest : step;
    }
}
