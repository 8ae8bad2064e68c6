using System.Diagnostics.CodeAnalysis;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Turns the arguments of one packet into bytes and back. Implementations are thread-safe.</summary>
[Experimental(ParserContract.Id)]
public interface IArgumentFormat
{
    /// <summary>Starts a body: the event's name (for events) and then each argument is written to it. One body per writer, one thread at a time.</summary>
    PacketBodyWriter CreateBody();

    /// <summary>Reads a body that was made in this format, by any worker.</summary>
    /// <param name="type">
    /// <see cref="PacketType.Event"/> when the first element is an event's name, <see cref="PacketType.Ack"/> when it is an argument.
    /// </param>
    /// <param name="body">The body.</param>
    /// <exception cref="ProtocolException">The bytes are no such body.</exception>
    PacketArguments Read(PacketType type, PacketBody body);
}
