namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Rooms of this worker's sockets by incarnation (<see cref="RoomTable"/>): a client that comes back has the id it had, and what its lost socket
/// still does must not touch the rooms of the new one. An adapter without it knows ids only.
/// </summary>
internal interface ILocalRooms
{
    /// <summary>How many rooms have members here, those that are named by a socket's own id included.</summary>
    int RoomCount { get; }

    /// <summary>Puts a socket into rooms, unless a later incarnation of it is there.</summary>
    void Join(string socketId, long incarnation, IReadOnlyList<string> rooms);

    /// <summary>Takes this incarnation out of a room.</summary>
    void Leave(string socketId, long incarnation, string room);

    /// <summary>Takes this incarnation out of all its rooms and forgets it.</summary>
    void LeaveAll(string socketId, long incarnation);

    /// <summary>Rooms this incarnation is in. A snapshot.</summary>
    IReadOnlyList<string> RoomsOf(string socketId, long incarnation);
}
