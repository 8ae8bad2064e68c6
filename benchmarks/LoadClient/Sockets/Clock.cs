namespace LoadClient.Sockets;

/// <summary>The monotonic clock, in its own ticks.</summary>
internal static class Clock
{
    internal static long Now => TimeProvider.System.GetTimestamp();

    internal static double Frequency { get; } = TimeProvider.System.TimestampFrequency;

    internal static double Milliseconds(long ticks) => ticks * 1000 / Frequency;

    internal static double Seconds(long ticks) => ticks / Frequency;

    internal static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Frequency);
}
