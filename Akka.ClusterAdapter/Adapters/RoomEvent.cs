namespace Akka.ClusterAdapter.Adapters;

/// <summary>What happened to a room on this worker.</summary>
public enum RoomEventKind
{
    /// <summary>Its first member joined.</summary>
    Created,

    /// <summary>Its last member left.</summary>
    Deleted,

    /// <summary>A socket joined.</summary>
    Joined,

    /// <summary>A socket left.</summary>
    Left,
}

/// <summary>A change of one room on this worker; the room named by a socket's own id counts too.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Room">The room.</param>
/// <param name="SocketId">The socket that joined or left; null for the other two.</param>
public readonly record struct RoomEvent(RoomEventKind Kind, string Room, string? SocketId = null);
