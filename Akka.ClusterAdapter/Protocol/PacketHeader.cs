using System.Diagnostics.CodeAnalysis;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>What precedes the arguments of a packet: written once per worker, since each puts its own ack id in front of a shared body.</summary>
/// <param name="Type">Kind of packet; <see cref="PacketType.Event"/> and <see cref="PacketType.Ack"/> also when there are attachments.</param>
/// <param name="Namespace">Namespace name, with its leading slash.</param>
/// <param name="Id">Ack id: present on an event that asks for an answer, and on every answer.</param>
[Experimental(ParserContract.Id)]
public readonly record struct PacketHeader(PacketType Type, string Namespace, long? Id = null);
