using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>What is kept of a socket whose client may come back.</summary>
/// <param name="SocketId">Its public id, which it will have again.</param>
/// <param name="PrivateId">The secret the client shows.</param>
/// <param name="Rooms">Rooms it was in, its own id's included.</param>
/// <param name="Data">Its data.</param>
/// <param name="LastOffset">The last recorded packet that was sent to it; null when there was none.</param>
internal sealed record SavedSession(string SocketId, string PrivateId, ImmutableArray<string> Rooms, object? Data, string? LastOffset)
{
    /// <summary>Who its client was; null for nobody who is known. Another user does not get it.</summary>
    public string? User { get; init; }

    /// <summary>What it has brought from another worker; null for one that has always been here.</summary>
    public MovedSession? Moved { get; init; }

    /// <summary>True when its data came from another worker as JSON, and nobody has read them.</summary>
    public bool IsDataFromElsewhere { get; init; }

    /// <summary>About how many bytes its data take; texts and byte arrays are measured by themselves.</summary>
    public long DataBytes { get; init; }

    // Its secret is in no text.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"{nameof(SocketId)} = {SocketId}");
        return true;
    }
}

/// <summary>A session that its client has shown the secret of: nobody else can have it any more.</summary>
/// <param name="Session">The session.</param>
/// <param name="Offset">The last packet the client says it has seen.</param>
/// <param name="LeftAt">The last packet recorded before it was saved.</param>
internal sealed record ClaimedSession(SavedSession Session, string? Offset, long LeftAt)
{
    /// <summary>What was found of what it missed so far.</summary>
    public MissedSearch? Search { get; init; }

    /// <summary>What its client has seen before what it missed, where that is known by more than a position.</summary>
    public LogVector? Seen { get; init; }

    /// <summary>When the log began that this is told of, in timestamps.</summary>
    public long Began { get; init; }

    /// <summary>What another worker gave; null for a session of this one.</summary>
    public GivenSession? Given { get; init; }

    /// <summary>True when the session's data came from another worker, where they may have had a type.</summary>
    public bool IsDataFromElsewhere { get; init; }
}

/// <summary>A packet that a client which comes back has not seen.</summary>
/// <param name="Body">The event, with its offset as last argument.</param>
/// <param name="Offset">That offset.</param>
internal readonly record struct MissedPacket(PacketBody Body, string Offset)
{
    /// <summary>By what other logs know it.</summary>
    public LogPlace Place { get; init; }
}
