namespace Akka.ClusterAdapter.Tests;

/// <summary>Waits for something that happens by itself, with a deadline generous enough for a busy machine.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Polls until <paramref name="condition"/> holds; fails the test after a minute.</summary>
    public static Task TrueAsync(Func<bool> condition, string? what = null) =>
        TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Polls until <paramref name="condition"/> holds; fails the test after a minute.</summary>
    public static Task TrueAsync(Func<Task<bool>> condition, string? what = null) => TrueAsync(condition, () => what, Deadline);

    /// <summary>Polls until <paramref name="condition"/> holds; fails the test after a minute and says what is the case then.</summary>
    public static Task TrueAsync(Func<bool> condition, Func<string?> what) => TrueAsync(() => Task.FromResult(condition()), what, Deadline);

    /// <summary>Polls until <paramref name="condition"/> holds; fails the test after a minute and says what is the case then.</summary>
    public static Task TrueAsync(Func<Task<bool>> condition, Func<string?> what) => TrueAsync(condition, what, Deadline);

    /// <summary>Polls until <paramref name="condition"/> holds, or <paramref name="patience"/> is over: for what need not come.</summary>
    public static async Task TrueWithinAsync(Func<bool> condition, TimeSpan patience)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !condition() && TimeProvider.System.GetElapsedTime(start) < patience;)
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
    }

    /// <summary>Polls until <paramref name="condition"/> holds; fails the test after <paramref name="deadline"/>.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string?> what, TimeSpan deadline)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > deadline)
                Assert.Fail($"Not within {deadline.TotalSeconds:0} s: {what() ?? "the condition"}");
            await Task.Delay(Interval, TimeProvider.System);
        }
    }
}
