using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Clustering;
using Akka.Event;

namespace Akka.ClusterAdapter.Primary;

/// <summary>
/// Akka's log in the host's, without what Akka.Remote says, with stack traces and once per neighbour, when the process on the other end of a
/// link is gone: on one machine the primary tells of it in a line. (Log filters of the actor system do not reach its base class.)
/// </summary>
internal sealed partial class SingleHostLogger : HostLogger
{
    /// <inheritdoc/>
    protected override bool Receive(object message) =>
        (message is Warning or Error && EndOfLink().IsMatch(((LogEvent)message).Message?.ToString() ?? string.Empty)) || base.Receive(message);

    [GeneratedRegex("^(Disassociated|AssociationError|Association with remote system|Association to |Tried to associate with unreachable remote address|Unable "
        + "to REMOVE channel)")]
    private static partial Regex EndOfLink();
}
