namespace Akka.ClusterAdapter.Protocol;

/// <summary>A complete packet received from a client. Owns its bytes.</summary>
/// <param name="Header">Type (never one of the binary types), namespace and ack id.</param>
/// <param name="Arguments">
/// For an event: its name and arguments. For an answer: its arguments. For a connect: one argument, the auth payload, or none.
/// The same for a connect error. Empty otherwise.
/// </param>
public sealed record Packet(PacketHeader Header, PacketArguments Arguments);
