using Akka.ClusterAdapter.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>The exit code of a process that the cluster has given up. Akka.Hosting sets another one for the same, sooner or later than this.</summary>
internal static class GivenUpExit
{
    /// <summary>What the documentation promises.</summary>
    public const int Code = 1;

    private const int OfAkkaHosting = -1;

    // Of no host: the process has it to its end, and hosts come and go.
    private static readonly Guard Last = new(NullLogger.Instance);
    private static bool _isWatched;

    /// <summary>
    /// The process is to end with this code, unless the application has one of its own. Call it before the host has stopped: main returns then.
    /// </summary>
    public static void Set()
    {
        Environment.ExitCode = Code;
        if (!Interlocked.Exchange(ref _isWatched, true))
            Last.AtProcessExit("exit", Decide);
    }

    /// <summary>The last moment: what main has returned is known.</summary>
    internal static void Decide()
    {
        if (Environment.ExitCode == OfAkkaHosting)
            Environment.ExitCode = Code;
    }
}
