namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>A Socket.IO packet as a client sees it. Values are null, bool, long, double, string, byte[], and anything else as null.</summary>
/// <param name="Type">0 CONNECT, 1 DISCONNECT, 2 EVENT, 3 ACK, 4 CONNECT_ERROR.</param>
/// <param name="Id">Of an acknowledgement, wanted or given.</param>
/// <param name="Values">Arguments; of an event, its name first. Of CONNECT: sid and pid.</param>
internal readonly record struct Packet(int Type, int? Id, object?[] Values);
