using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// A piece of an encoded message that is too large to cross as one: heartbeats share the link, and the sizes just below the largest frame break it.
/// </summary>
/// <param name="Packet">Number of the message at its origin: pieces of two messages never become one.</param>
/// <param name="Manifest">Kind of the whole message.</param>
/// <param name="Total">Bytes of the whole message.</param>
/// <param name="Offset">Where in it this piece stands.</param>
/// <param name="Bytes">The piece.</param>
internal readonly record struct Chunk(long Packet, string Manifest, int Total, int Offset, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>True for the piece that completes the message when all others have come.</summary>
    public bool IsLast => Offset + Bytes.Length == Total;

    /// <summary>The piece of an encoded message that begins at an offset.</summary>
    public static Chunk Cut(long packet, PeerMessage message, int offset, int most)
    {
        var bytes = message.Encode();
        return new Chunk(packet, message.Manifest, bytes.Length, offset, bytes.AsMemory(offset, Math.Min(most, bytes.Length - offset)));
    }

    public static Chunk Read(ref PeerReader reader) =>
        new((long)reader.Varint(), reader.Text(), reader.Number(), reader.Number(), reader.Bytes());

    // packet · manifest of the whole · bytes of the whole · offset · bytes
    public void Write(ref PeerWriter writer)
    {
        writer.Varint((ulong)Packet);
        writer.Text(Manifest);
        writer.Length(Total);
        writer.Length(Offset);
        writer.Bytes(Bytes);
    }
}

/// <summary>A piece of an ordered message. It has a sequence number of its own, so that messages of other namespaces may stand between two pieces.</summary>
internal sealed class PacketChunk(string @namespace, Chunk chunk) : OrderedMessage(@namespace)
{
    public const string Kind = "C1";

    public Chunk Chunk { get; } = chunk;

    public override string Manifest => Kind;

    // C1: origin f64 · sequence f64 · namespace · chunk
    protected override void WriteRest(ref PeerWriter writer) => Chunk.Write(ref writer);
}

/// <summary>A piece of an answer.</summary>
internal sealed class AnswerChunk(long origin, long requestId, Chunk chunk) : AnswerMessage(origin, requestId)
{
    public const string Kind = "c1";

    public Chunk Chunk { get; } = chunk;

    public override string Manifest => Kind;

    // c1: origin f64 · request · chunk
    protected override void WriteAnswer(ref PeerWriter writer) => Chunk.Write(ref writer);
}
