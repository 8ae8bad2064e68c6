using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>The exit code of a process that the cluster has given up. Akka.Hosting sets another one for the same, sooner or later than this.</summary>
internal static class GivenUpExit
{
    /// <summary>What the documentation promises.</summary>
    public const int Code = 1;

    private const int OfAkkaHosting = -1;
    private static bool _isWatched;

    /// <summary>The process is to end with this code, unless the application has one of its own.</summary>
    public static void Set(Guard guard)
    {
        Environment.ExitCode = Code;
        if (!Interlocked.Exchange(ref _isWatched, true))
            guard.AtProcessExit("exit", Decide);
    }

    /// <summary>The last moment: what main has returned is known.</summary>
    internal static void Decide()
    {
        if (Environment.ExitCode == OfAkkaHosting)
            Environment.ExitCode = Code;
    }
}
