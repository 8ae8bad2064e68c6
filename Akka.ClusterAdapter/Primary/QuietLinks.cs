using System.Text.RegularExpressions;
using Akka.Event;

namespace Akka.ClusterAdapter.Primary;

/// <summary>
/// Leaves out what Akka.Remote logs, with stack traces and once per neighbour, when a process on the other end of a link is gone. On one machine
/// the primary tells of it in a line.
/// </summary>
internal static partial class QuietLinks
{
    public static LogFilterSetup Setup() => new LogFilterBuilder().ExcludeMessageRegex(EndOfLink()).Build();

    [GeneratedRegex(@"^(Disassociated|AssociationError|Association with remote system|Association to \[|Tried to associate with unreachable remote address)")]
    private static partial Regex EndOfLink();
}
