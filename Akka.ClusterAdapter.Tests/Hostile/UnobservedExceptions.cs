using System.Collections.Concurrent;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>Exceptions of tasks that nobody looked at. Those that never passed through the library are other people's.</summary>
internal static class UnobservedExceptions
{
    private static readonly ConcurrentQueue<Exception> Seen = new();
    private static int _watching;

    public static void Watch()
    {
        if (Interlocked.Exchange(ref _watching, 1) == 0)
            TaskScheduler.UnobservedTaskException += (_, e) => Seen.Enqueue(e.Exception);
    }

    public static void AssertNone()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.DoesNotContain(Seen, e => IsOurs(e.ToString()));
    }

    private static bool IsOurs(string text) =>
        new[] { "Protocol", "Engine", "Adapters", "Server", "Hosting" }.Any(
            floor => text.Contains($"at Akka.ClusterAdapter.{floor}.", StringComparison.Ordinal));
}
