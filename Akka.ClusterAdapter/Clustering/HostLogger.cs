using Akka.Event;
using Akka.Hosting.Logging;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Akka's log in the host's, <c>ILogger</c>. What remoting and the joining of members tell at Information about every link and every attempt is Debug
/// here. (Log filters of the actor system do not reach the base class.)
/// </summary>
internal class HostLogger : LoggerFactoryLogger
{
    /// <inheritdoc/>
    protected override bool Receive(object message) =>
        base.Receive(message is Info info && IsChatter(info) ? new Debug(info.Cause, info.LogSource, info.LogClass, info.Message) : message);

    /// <summary>Where remoting listens is worth a line; so is who joins, leaves, and is given up.</summary>
    internal static bool IsChatter(Info info)
    {
        var of = info.LogClass?.FullName ?? string.Empty;
        return (of.StartsWith("Akka.Remote.", StringComparison.Ordinal) && of != "Akka.Remote.Remoting")
            || (of.StartsWith("Akka.Cluster.", StringComparison.Ordinal) && info.Message?.ToString()?.Contains("InitJoin", StringComparison.Ordinal) == true);
    }
}
