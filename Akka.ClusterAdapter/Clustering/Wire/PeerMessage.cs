using Akka.ClusterAdapter.Clustering.Flow;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>Marker of everything that crosses the wire between workers; bound to the serializer in reference.conf.</summary>
internal interface IPeerMessage;

/// <summary>
/// A message between workers that knows its own wire form. It is encoded once: Akka asks the serializer again for every destination
/// and always gets the same array. Nobody changes a message after it was handed to the bus.
/// </summary>
internal abstract class PeerMessage : IPeerMessage
{
    private byte[]? _encoded;

    /// <summary>Kind and version, the serializer's manifest.</summary>
    public abstract string Manifest { get; }

    /// <summary>Which life of which worker sent it: a random number that is made anew whenever the sending adapter actor starts.</summary>
    public long Origin { get; protected set; }

    /// <summary>Bytes of the wire form.</summary>
    public int EncodedSize
    {
        get
        {
            var counter = new PeerWriter([], counts: true);
            Write(ref counter);
            return counter.Position;
        }
    }

    /// <summary>The wire form; every caller gets the same array and must not change it.</summary>
    public byte[] Encode()
    {
        if (Volatile.Read(ref _encoded) is { } done)
            return done;
        var bytes = GC.AllocateUninitializedArray<byte>(EncodedSize);
        var writer = new PeerWriter(bytes, counts: false);
        Write(ref writer);
        // Two associations may get here at once: both arrays are the same bytes, the last one stays.
        Volatile.Write(ref _encoded, bytes);
        return bytes;
    }

    protected abstract void Write(ref PeerWriter writer);

    /// <summary>For the one field that is set after construction.</summary>
    protected void Forget() => _encoded = null;
}

/// <summary>A message that must arrive in the order of its origin: it leaves through the topic with a sequence number.</summary>
internal abstract class OrderedMessage(string @namespace) : PeerMessage
{
    /// <summary>The Socket.IO namespace it is about.</summary>
    public string Namespace { get; } = @namespace;

    /// <summary>1 for the first ordered message of an origin, then one more each time.</summary>
    public long Sequence { get; private set; }

    /// <summary>Bytes it came in; 0 for one that was made here.</summary>
    public int Size { get; set; }

    /// <summary>The stream it came in, which must know when it was carried out; null for one that was made here.</summary>
    public PeerStream? Stream { get; set; }

    /// <summary>The span it comes from, for who carries it out; null unless that is recorded. Set before the message is encoded.</summary>
    public TraceTail? Trace { get; set; }

    /// <summary>Gives the message its place; only the adapter actor does this, just before the message leaves.</summary>
    public void Stamp(long origin, long sequence)
    {
        Origin = origin;
        Sequence = sequence;
        Forget();
    }

    protected sealed override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Fixed(Sequence);
        writer.Text(Namespace);
        WriteRest(ref writer);
        Trace?.Write(ref writer);
    }

    protected abstract void WriteRest(ref PeerWriter writer);
}

/// <summary>An ordered message that wants answers. They go straight to the actor that is its sender.</summary>
internal abstract class RequestMessage(string @namespace, long requestId, TimeSpan budget) : OrderedMessage(@namespace)
{
    /// <summary>Number of the request at its origin.</summary>
    public long RequestId { get; } = requestId;

    /// <summary>How long the origin waits, in whole milliseconds on the wire; answers that come later are thrown away.</summary>
    public TimeSpan Budget { get; } = budget;

    protected sealed override void WriteRest(ref PeerWriter writer)
    {
        writer.Varint((ulong)RequestId);
        writer.Varint((ulong)Math.Max(1, Math.Ceiling(Budget.TotalMilliseconds)));
        WriteQuestion(ref writer);
    }

    protected abstract void WriteQuestion(ref PeerWriter writer);
}

/// <summary>An answer to a <see cref="RequestMessage"/>. One that comes after the end finds nobody, which is nothing to log.</summary>
internal abstract class AnswerMessage : PeerMessage, IDeadLetterSuppression
{
    protected AnswerMessage(long origin, long requestId)
    {
        Origin = origin;
        RequestId = requestId;
    }

    /// <summary>Number of the request at its origin.</summary>
    public long RequestId { get; }

    protected sealed override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Varint((ulong)RequestId);
        WriteAnswer(ref writer);
    }

    protected abstract void WriteAnswer(ref PeerWriter writer);
}

/// <summary>A message of a kind or version this worker does not know yet: a newer worker is talking during a rolling update.</summary>
internal sealed class UnknownPeerMessage(string manifest, ReadOnlyMemory<byte> bytes) : IPeerMessage
{
    public string Manifest { get; } = manifest;

    public ReadOnlyMemory<byte> Bytes { get; } = bytes;
}
