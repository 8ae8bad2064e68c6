using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// An ordered message that was told to one worker instead of published: the same bytes under another manifest, so that a receiver knows the way it came.
/// </summary>
internal sealed record DirectMessage(OrderedMessage Message) : IPeerMessage
{
    /// <summary>Stands before the manifest of the message itself.</summary>
    public const char Mark = '+';
}

/// <summary>Told to each worker before the first message that comes directly.</summary>
internal sealed class DirectBegins : PeerMessage
{
    public const string Kind = "d1";

    public DirectBegins(long origin, long before, long next)
    {
        Origin = origin;
        Before = before;
        Next = next;
    }

    /// <summary>Number of the last message that left through the topic: everything up to it comes first.</summary>
    public long Before { get; }

    /// <summary>Number of the first message the receiver is told directly.</summary>
    public long Next { get; }

    public override string Manifest => Kind;

    // d1: origin f64 · before f64 · next f64
    protected override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Fixed(Before);
        writer.Fixed(Next);
    }

    public static DirectBegins Read(ref PeerReader reader) => new(reader.Fixed(), reader.Fixed(), reader.Fixed());
}

/// <summary>
/// Told to each worker from time to time while messages go directly: what was sent to it so far. What has not come by then was lost, and its bytes are not
/// on their way any more.
/// </summary>
internal sealed class DirectReached : PeerMessage
{
    public const string Kind = "d2";

    public DirectReached(long origin, long before, long last)
    {
        Origin = origin;
        Before = before;
        Last = last;
    }

    /// <summary>See <see cref="DirectBegins.Before"/>: the telling of it may have been lost as well.</summary>
    public long Before { get; }

    /// <summary>Number of the last message that was sent to the receiver.</summary>
    public long Last { get; }

    public override string Manifest => Kind;

    // d2: origin f64 · before f64 · last f64
    protected override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Fixed(Before);
        writer.Fixed(Last);
    }

    public static DirectReached Read(ref PeerReader reader) => new(reader.Fixed(), reader.Fixed(), reader.Fixed());
}

/// <summary>How far a worker is with another one's messages. It names a place, not a difference: one that is lost does no harm.</summary>
internal sealed class PeerCredit : PeerMessage
{
    public const string Kind = "k1";

    public PeerCredit(long origin, long streamOrigin, long received, long unread)
    {
        Origin = origin;
        StreamOrigin = streamOrigin;
        Received = received;
        Unread = unread;
    }

    /// <summary>Whose messages.</summary>
    public long StreamOrigin { get; }

    /// <summary>Number of the last one taken, or known to be lost.</summary>
    public long Received { get; }

    /// <summary>Bytes taken and not carried out yet.</summary>
    public long Unread { get; }

    public override string Manifest => Kind;

    // k1: origin f64 · origin of the stream f64 · received f64 · unread
    protected override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Fixed(StreamOrigin);
        writer.Fixed(Received);
        writer.Varint((ulong)Unread);
    }

    public static PeerCredit Read(ref PeerReader reader) => new(reader.Fixed(), reader.Fixed(), reader.Fixed(), (long)Math.Min(reader.Varint(), long.MaxValue));
}
