namespace Akka.ClusterAdapter.Engine;

/// <summary>Deadlines as timestamps of a <see cref="TimeProvider"/>; 0 means none.</summary>
internal sealed class EngineClock(TimeProvider time)
{
    public TimeProvider Time => time;

    public long Now => time.GetTimestamp();

    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <summary>The moment <paramref name="span"/> from now.</summary>
    public long After(TimeSpan span) => NowAndAfter(span).After;

    /// <summary>This moment, and the one <paramref name="span"/> from it.</summary>
    public (long Now, long After) NowAndAfter(TimeSpan span)
    {
        var now = Now;
        return (now, Math.Max(1, now + Ticks(span)));
    }
}
