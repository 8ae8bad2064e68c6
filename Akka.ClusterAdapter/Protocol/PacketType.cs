using System.Diagnostics.CodeAnalysis;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Kind of a Socket.IO packet; the value is the digit on the wire.</summary>
[Experimental(ParserContract.Id)]
public enum PacketType
{
    /// <summary>Joins a namespace (client) or confirms it (server).</summary>
    Connect = 0,

    /// <summary>Leaves a namespace; the connection stays.</summary>
    Disconnect = 1,

    /// <summary>An event with its arguments.</summary>
    Event = 2,

    /// <summary>The answer to an event that asked for an acknowledgement.</summary>
    Ack = 3,

    /// <summary>A refused namespace connection.</summary>
    ConnectError = 4,

    /// <summary>An event with binary attachments; exists on the wire only, decoded as <see cref="Event"/>.</summary>
    BinaryEvent = 5,

    /// <summary>An answer with binary attachments; exists on the wire only, decoded as <see cref="Ack"/>.</summary>
    BinaryAck = 6,
}
