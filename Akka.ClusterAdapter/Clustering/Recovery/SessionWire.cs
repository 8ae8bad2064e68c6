using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>Sessions, vectors and logs as they cross between workers.</summary>
internal static class SessionWire
{
    // id · secret · rooms · data? · last offset? · user? · last local · ahead · replay
    public static void Session(ref PeerWriter writer, SavedSession session)
    {
        writer.Text(session.SocketId);
        writer.Text(session.PrivateId);
        writer.Texts(session.Rooms.AsSpan());
        Optional(ref writer, (session.Data as JsonData)?.Json);
        Optional(ref writer, session.LastOffset);
        Optional(ref writer, session.User);
        writer.Varint((ulong)(session.Moved?.LastLocal ?? 0));
        Vector(ref writer, session.Moved?.Ahead);
        Replay(ref writer, session.Moved?.Replay);
    }

    public static SavedSession Session(ref PeerReader reader)
    {
        var (socketId, privateId, rooms) = (reader.Text(), reader.Text(), reader.Texts());
        var data = OptionalBytes(ref reader);
        var (lastOffset, user) = (OptionalText(ref reader), OptionalText(ref reader));
        var lastLocal = (long)reader.Varint();
        var (ahead, replay) = (Vector(ref reader), Replay(ref reader));
        return new SavedSession(socketId, privateId, rooms, data is { } json ? new JsonData(json.ToArray()) : null, lastOffset)
        {
            User = user,
            DataBytes = data?.Length ?? 0,
            Moved = lastLocal == 0 && ahead.IsEmpty && replay is null
                ? null
                : new MovedSession { LastLocal = lastLocal, Ahead = ahead.IsEmpty ? null : ahead, Replay = replay },
        };
    }

    // count of packets, 0 for none · [before · entered at · age ms · packets × (offset · life f64 · number)]
    private static void Replay(ref PeerWriter writer, ReplayMarks? replay)
    {
        writer.Length(replay?.Packets.Length ?? 0);
        if (replay is null)
            return;
        Vector(ref writer, replay.Before);
        writer.Varint((ulong)replay.EnteredAt);
        Time(ref writer, replay.Age);
        foreach (var (offset, place) in replay.Packets)
        {
            writer.Text(offset);
            writer.Fixed(place.Life);
            writer.Varint((ulong)place.Number);
        }
    }

    private static ReplayMarks? Replay(ref PeerReader reader)
    {
        var packets = new (string, LogPlace)[reader.Length()];
        if (packets.Length == 0)
            return null;
        var (before, enteredAt, age) = (Vector(ref reader), (long)reader.Varint(), Time(ref reader));
        for (var i = 0; i < packets.Length; i++)
            packets[i] = (reader.Text(), new LogPlace(reader.Fixed(), (long)reader.Varint()));
        return new ReplayMarks(before, ImmutableArray.Create(packets), enteredAt) { Age = age };
    }

    // count × (life f64 · number)
    public static void Vector(ref PeerWriter writer, LogVector? vector)
    {
        writer.Length(vector?.Count ?? 0);
        foreach (var (life, number) in vector?.All ?? [])
        {
            writer.Fixed(life);
            writer.Varint((ulong)number);
        }
    }

    public static LogVector Vector(ref PeerReader reader)
    {
        var vector = new LogVector();
        for (var left = reader.Length(); left > 0; left--)
            vector.Raise(reader.Fixed(), (long)reader.Varint());
        return vector;
    }

    public static void Lives(ref PeerWriter writer, IReadOnlyList<long> lives)
    {
        writer.Length(lives.Count);
        foreach (var life in lives)
            writer.Fixed(life);
    }

    public static IReadOnlyList<long> Lives(ref PeerReader reader)
    {
        var lives = new long[reader.Length()];
        for (var i = 0; i < lives.Length; i++)
            lives[i] = reader.Fixed();
        return lives;
    }

    public static void Time(ref PeerWriter writer, TimeSpan time) => writer.Varint((ulong)Math.Max(0, time.TotalMilliseconds));

    /// <exception cref="SerializationException">It is longer than a century.</exception>
    public static TimeSpan Time(ref PeerReader reader)
    {
        var milliseconds = reader.Varint();
        return milliseconds < 1UL << 42
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new SerializationException("A message from another worker is malformed: a time that is too long.");
    }

    /// <summary>Places one after the other: the life by its number among those named here, and how far it is from the one before it of that life.</summary>
    public static void Places(ref PeerWriter writer, ReadOnlySpan<LogPlace> places)
    {
        var lives = new List<long>();
        var last = new Dictionary<long, long>();
        writer.Length(places.Length);
        foreach (var place in places)
        {
            if (place.IsNone)
            {
                writer.Varint(0);
                continue;
            }

            var index = lives.IndexOf(place.Life);
            writer.Varint((ulong)(index < 0 ? lives.Count + 1 : index + 1));
            if (index < 0)
            {
                lives.Add(place.Life);
                writer.Fixed(place.Life);
            }

            writer.Varint((ulong)Math.Max(0, place.Number - last.GetValueOrDefault(place.Life)));
            last[place.Life] = place.Number;
        }
    }

    /// <exception cref="SerializationException">They are no places.</exception>
    public static LogPlace[] Places(ref PeerReader reader)
    {
        var lives = new List<long>();
        var last = new Dictionary<long, long>();
        var places = new LogPlace[reader.Length()];
        for (var i = 0; i < places.Length; i++)
        {
            var index = reader.Number();
            if (index == 0)
                continue;
            if (index == lives.Count + 1)
                lives.Add(reader.Fixed());
            if (index > lives.Count)
                throw new SerializationException("A message from another worker is malformed: a life that was not named.");
            var life = lives[index - 1];
            var number = last.GetValueOrDefault(life) + (long)reader.Varint();
            last[life] = number;
            places[i] = new LogPlace(life, number);
        }

        return places;
    }

    // offset · life f64 · number · body
    public static void Missed(ref PeerWriter writer, MissedPacket packet)
    {
        writer.Text(packet.Offset);
        writer.Fixed(packet.Place.Life);
        writer.Varint((ulong)packet.Place.Number);
        writer.Body(packet.Body);
    }

    public static ImmutableArray<MissedPacket> Missed(ref PeerReader reader)
    {
        var packets = ImmutableArray.CreateBuilder<MissedPacket>();
        for (var left = reader.Length(); left > 0; left--)
        {
            var offset = reader.Text();
            var place = new LogPlace(reader.Fixed(), (long)reader.Varint());
            packets.Add(new MissedPacket(reader.Body(), offset) { Place = place });
        }

        return packets.DrainToImmutable();
    }

    public static void Optional(ref PeerWriter writer, string? text)
    {
        writer.Byte(text is null ? (byte)0 : (byte)1);
        if (text is not null)
            writer.Text(text);
    }

    public static string? OptionalText(ref PeerReader reader) => reader.Byte() == 0 ? null : reader.Text();

    private static void Optional(ref PeerWriter writer, ReadOnlyMemory<byte>? bytes)
    {
        writer.Byte(bytes is null ? (byte)0 : (byte)1);
        if (bytes is { } present)
            writer.Bytes(present);
    }

    private static ReadOnlyMemory<byte>? OptionalBytes(ref PeerReader reader) => reader.Byte() == 0 ? (ReadOnlyMemory<byte>?)null : reader.Bytes();
}
