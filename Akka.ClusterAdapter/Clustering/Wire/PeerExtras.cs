using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// What some messages carry behind their fields: a tag of one byte, a length, and so many bytes. A reader skips those that it does not know; an older
/// worker reads none of them.
/// </summary>
internal static class PeerExtras
{
    private const byte PlaceTag = 1;

    public static void Write(ref PeerWriter writer, LogPlace place)
    {
        if (place.IsNone)
            return;
        var counter = new PeerWriter([], counts: true);
        counter.Varint((ulong)place.Number);
        writer.Byte(PlaceTag);
        writer.Length(sizeof(long) + counter.Position);
        writer.Fixed(place.Life);
        writer.Varint((ulong)place.Number);
    }

    public static LogPlace ReadPlace(ref PeerReader reader)
    {
        var place = LogPlace.None;
        while (reader.Remaining > 0)
        {
            var tag = reader.Byte();
            var extra = new PeerReader(reader.Bytes());
            if (tag == PlaceTag)
                place = new LogPlace(extra.Fixed(), (long)extra.Varint());
        }

        return place;
    }
}
