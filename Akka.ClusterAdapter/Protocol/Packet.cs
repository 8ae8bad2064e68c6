using System.Diagnostics.CodeAnalysis;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>A complete packet received from a client. Owns its bytes.</summary>
/// <param name="Header">Type (never one of the binary types), namespace and ack id.</param>
/// <param name="Arguments">
/// For an event: its name and arguments. For an answer: its arguments. For a connect: one argument, the auth payload, or none.
/// The same for a connect error. Empty otherwise.
/// </param>
[Experimental(ParserContract.Id)]
public sealed record Packet(PacketHeader Header, PacketArguments Arguments)
{
    /// <summary>
    /// Why this packet is dropped, and nothing else with it: it is well-formed, but over a limit or not to be passed on. It has no arguments then, an
    /// event at most its name. Null (the default) for a packet that is accepted.
    /// </summary>
    public ProtocolException? Refusal { get; init; }
}
