using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Turns packets into bytes and back. Every worker and every client of a server must use the same parser: there is no negotiation.
/// Implementations are thread-safe.
/// </summary>
[Experimental(ParserContract.Id)]
public interface IPacketParser : IArgumentFormat
{
    /// <summary>Name that workers compare when they meet, such as <c>json</c> or <c>msgpack</c>.</summary>
    string Name { get; }

    /// <summary>
    /// How CLR values become JSON where they are not in a packet: the data of sockets, and server-side events. Those of the arguments with our
    /// parsers; web conventions with a parser of one's own that does not say.
    /// </summary>
    JsonSerializerOptions JsonOptions => PacketJson.Default;

    /// <summary>Puts a header in front of a body.</summary>
    /// <param name="header">Type, namespace and ack id.</param>
    /// <param name="body">
    /// Arguments; null for packets without payload. The payload of <see cref="PacketType.Connect"/> and <see cref="PacketType.ConnectError"/> is one value:
    /// write just that value to a body.
    /// </param>
    /// <exception cref="ArgumentException">Binary values in a packet that cannot carry them; with the JSON parser only events and answers can.</exception>
    EncodedPacket Encode(PacketHeader header, PacketBody? body);

    /// <summary>The same body with one more argument at its end.</summary>
    /// <param name="body">A body made by this parser; stays as it is.</param>
    /// <param name="argument">A text that needs no escaping.</param>
    PacketBody Append(PacketBody body, string argument);

    /// <summary>Decoder of one connection, with its state of a half-received binary packet.</summary>
    IPacketDecoder CreateDecoder(PacketDecoderLimits limits);
}

/// <summary>Collects the arguments of one packet.</summary>
[Experimental(ParserContract.Id)]
public abstract class PacketBodyWriter
{
    /// <summary>
    /// Appends one value. <c>byte[]</c> and <c>ReadOnlyMemory&lt;byte&gt;</c>, at any depth, become binary (copied), and so do those in a received
    /// <c>JsonElement</c> or <c>JsonNode</c>; a <see cref="PacketArgument"/>, at any depth, is passed on as it is.
    /// </summary>
    /// <remarks>After an exception the writer is given up: writing more or completing throws <see cref="InvalidOperationException"/>.</remarks>
    /// <exception cref="System.Text.Json.JsonException">The value cannot be serialised (a cycle, for one).</exception>
    /// <exception cref="NotSupportedException">The type cannot be serialised.</exception>
    public abstract void Write<T>(T value);

    /// <summary>Ends the body; the writer must not be used again.</summary>
    /// <remarks>
    /// Where a packet has attachments, data that looks like the placeholder of one (<c>"_placeholder":true</c>) says with the JSON parser that it is
    /// none (<c>false</c>): clients would put an attachment there.
    /// </remarks>
    /// <exception cref="InvalidOperationException">More than 10 attachments: clients refuse such a packet.</exception>
    public abstract PacketBody Complete();

    /// <summary>Gives the writer up without a body, after an exception.</summary>
    public abstract void Abandon();
}

/// <summary>A packet as Engine.IO messages: a head and the binary attachments that follow it.</summary>
/// <param name="Head">Text (UTF-8) or binary.</param>
/// <param name="IsText">True when <paramref name="Head"/> is text.</param>
/// <param name="Attachments">Binary messages that must follow at once, nothing between.</param>
[Experimental(ParserContract.Id)]
public readonly record struct EncodedPacket(ReadOnlyMemory<byte> Head, bool IsText, ImmutableArray<ReadOnlyMemory<byte>> Attachments);

/// <summary>Decoder of one connection. Not thread-safe: messages of one connection come one after the other.</summary>
[Experimental(ParserContract.Id)]
public interface IPacketDecoder
{
    /// <summary>True while a packet's attachments are still to come.</summary>
    bool IsPending { get; }

    /// <summary>Takes one Engine.IO message.</summary>
    /// <param name="message">Its bytes, valid during the call only; what is kept is copied.</param>
    /// <param name="isBinary">False for text (UTF-8).</param>
    /// <returns>The packet this message completes, or null while attachments are missing.</returns>
    /// <exception cref="ProtocolException">Not a packet, or over a limit. The connection must be closed.</exception>
    Packet? Add(ReadOnlyMemory<byte> message, bool isBinary);
}

/// <summary>Bounds a decoder enforces.</summary>
[Experimental(ParserContract.Id)]
public sealed record PacketDecoderLimits
{
    /// <summary>Most binary values of one packet, with any parser. Default 10, what clients with the JSON parser themselves accept.</summary>
    public int MaxAttachments { get; init; } = 10;

    /// <summary>Most bytes of one packet with its attachments. Default 1,000,000.</summary>
    public int MaxPacketBytes { get; init; } = 1_000_000;

    /// <summary>Deepest nesting of arrays and objects. Default 64.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Longest event name, in characters. Default 256.</summary>
    public int MaxEventNameLength { get; init; } = 256;

    /// <summary>Longest namespace name, in characters. Default 256.</summary>
    public int MaxNamespaceLength { get; init; } = 256;
}
