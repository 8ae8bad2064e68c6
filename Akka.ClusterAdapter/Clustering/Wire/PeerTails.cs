using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// What may follow the last field of a message: a mark, a length and so many bytes, for each of them (docs/decisions/0085). A worker that does not know a
/// mark goes on behind it; what cannot be read is left alone.
/// </summary>
/// <param name="Trace">The span that it comes from; null when none is recorded.</param>
/// <param name="Place">Its place in the logs of the workers; none when nobody records it.</param>
internal readonly record struct PeerTails(TraceTail? Trace, LogPlace Place)
{
    private const byte PlaceMark = (byte)'P';

    // P · length · life f64 · number
    public static void Write(ref PeerWriter writer, LogPlace place)
    {
        if (place.IsNone)
            return;
        var counter = new PeerWriter([], counts: true);
        counter.Varint((ulong)place.Number);
        writer.Byte(PlaceMark);
        writer.Length(sizeof(long) + counter.Position);
        writer.Fixed(place.Life);
        writer.Varint((ulong)place.Number);
    }

    public static PeerTails Read(ref PeerReader reader)
    {
        var (trace, place) = ((TraceTail?)null, LogPlace.None);
        while (reader.TryTail(out var mark, out var bytes))
        {
            if (mark == TraceTail.Mark)
                trace ??= TraceTail.Read(bytes);
            else if (mark == PlaceMark && bytes.Length > sizeof(long))
                place = ReadPlace(bytes);
        }

        return new(trace, place);
    }

    private static LogPlace ReadPlace(ReadOnlyMemory<byte> bytes)
    {
        var reader = new PeerReader(bytes);
        var life = reader.Fixed();
        // Not more than nine bytes of seven bits, the last of which ends it.
        return reader.Remaining <= 9 && bytes.Span[^1] < 0x80 ? new LogPlace(life, (long)reader.Varint()) : LogPlace.None;
    }
}
