namespace Akka.ClusterAdapter.Server;

/// <summary>A limit of a socket's rooms, which its client may have run into: no bug of the handler that joined it.</summary>
internal interface IRoomLimit;

/// <summary>The name is too long.</summary>
internal sealed class RoomNameException(string message, string? parameter) : ArgumentException(message, parameter), IRoomLimit;

/// <summary>It is in as many as it may.</summary>
internal sealed class TooManyRoomsException(string message) : InvalidOperationException(message), IRoomLimit;
