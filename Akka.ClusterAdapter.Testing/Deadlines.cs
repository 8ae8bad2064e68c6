using System.Diagnostics;
using System.Globalization;

namespace Akka.ClusterAdapter.Testing;

/// <summary>How long a test waits: by the system's clock always, for a clock of its own may stand still.</summary>
internal static class Deadlines
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    public static TimeSpan Of(TimeSpan deadline)
    {
        if (deadline <= TimeSpan.Zero && deadline != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(deadline), deadline, "A deadline is longer than zero, or Timeout.InfiniteTimeSpan.");
        return Debugger.IsAttached ? Timeout.InfiniteTimeSpan : deadline;
    }

    public static string Text(TimeSpan deadline) =>
        deadline < TimeSpan.FromSeconds(1) ? $"{deadline.TotalMilliseconds:0} ms" : deadline.TotalSeconds.ToString("0.# s", CultureInfo.InvariantCulture);

    /// <summary>Waits for something that nobody tells of.</summary>
    /// <exception cref="EventTimeoutException">The deadline has passed.</exception>
    public static async Task UntilAsync(Func<bool> condition, TimeSpan deadline, Func<string> what, CancellationToken ct)
    {
        var start = TimeProvider.System.GetTimestamp();
        var limit = Of(deadline);
        while (!condition())
        {
            if (limit != Timeout.InfiniteTimeSpan && TimeProvider.System.GetElapsedTime(start) > limit)
                throw new EventTimeoutException($"{what()} Waited for {Text(limit)}.");
            await Task.Delay(Look, TimeProvider.System, ct).ConfigureAwait(false);
        }
    }
}
