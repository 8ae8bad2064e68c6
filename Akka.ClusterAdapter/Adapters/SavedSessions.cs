using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>Sessions of clients that are away, in the order they left; every byte that they keep is counted. Not thread-safe.</summary>
internal sealed class SavedSessions
{
    // The node and its link in the order, the entry of the table.
    private const int Fields = 16;

    private readonly Dictionary<string, LinkedListNode<Away>> _byId = new(StringComparer.Ordinal);
    private readonly LinkedList<Away> _order = new();

    public int Count => _byId.Count;

    /// <summary>Bytes of memory that the sessions hold.</summary>
    public long Bytes { get; private set; }

    /// <summary>When the one left that is away longest, in timestamps; null when there is none.</summary>
    public long? Oldest => _order.First?.Value.At;

    /// <summary>Keeps a session, in place of an older one with its secret.</summary>
    public void Add(SavedSession session, long leftAt, long at)
    {
        Remove(session.PrivateId);
        var away = new Away(session.SocketId, session.PrivateId, Pack(session.Rooms), session.Data, session.LastOffset, leftAt, at, BytesOf(session))
        {
            DataBytes = session.DataBytes,
            User = session.User,
            IsDataFromElsewhere = session.IsDataFromElsewhere,
            Moved = session.Moved,
        };
        _byId.Add(session.PrivateId, _order.AddLast(away));
        Bytes += away.Bytes;
    }

    /// <summary>Takes a session out; false when there is none.</summary>
    public bool TryTake(string privateId, [NotNullWhen(true)] out SavedSession? session, out long leftAt, out long at)
    {
        if (!TryPeek(privateId, out session, out leftAt, out at))
            return false;
        Remove(privateId);
        return true;
    }

    /// <summary>A session that stays; false when there is none.</summary>
    public bool TryPeek(string privateId, [NotNullWhen(true)] out SavedSession? session, out long leftAt, out long at)
    {
        (session, leftAt, at) = (null, 0, 0);
        if (!_byId.TryGetValue(privateId, out var node))
            return false;
        (session, leftAt, at) = (Session(node.Value), node.Value.LeftAt, node.Value.At);
        return true;
    }

    public List<string> Secrets => [.. _byId.Keys];

    /// <summary>Takes out all, in order; each with when its client left.</summary>
    public List<(SavedSession Session, long LeftAt, long At)> TakeAll()
    {
        var all = _order.Select(static away => (Session(away), away.LeftAt, away.At)).ToList();
        _order.Clear();
        _byId.Clear();
        _byId.TrimExcess();
        Bytes = 0;
        return all;
    }

    /// <summary>Lets go of the one that is away longest; false when there is none.</summary>
    public bool TryDropOldest()
    {
        if (_order.First is not { } oldest)
            return false;
        Remove(oldest.Value.PrivateId);
        return true;
    }

    private static SavedSession Session(Away away) => new(away.SocketId, away.PrivateId, Unpack(away.Rooms), away.Data, away.LastOffset)
    {
        DataBytes = away.DataBytes,
        User = away.User,
        IsDataFromElsewhere = away.IsDataFromElsewhere,
        Moved = away.Moved,
    };

    private void Remove(string privateId)
    {
        if (!_byId.Remove(privateId, out var node))
            return;
        _order.Remove(node);
        Bytes -= node.Value.Bytes;
        if (_byId.Capacity > 64 && _byId.Count < _byId.Capacity / 4)
            _byId.TrimExcess(_byId.Count * 2);
    }

    /// <summary>Bytes of memory of one.</summary>
    public static long BytesOf(SavedSession session) =>
        MemorySize.Entry(session.PrivateId, Fields) + MemorySize.Of(session.SocketId)
        + MemorySize.Of(session.LastOffset) + MemorySize.Of(session.User) + DataBytesOf(session)
        + MemorySize.Text(session.Rooms.Sum(room => room.Length + 2)) + BytesOf(session.Moved);

    // The log it is of is shared by all of its worker.
    private static long BytesOf(MovedSession? moved) =>
        moved is null
            ? 0
            : 48 + (48L * (moved.Ahead?.Count ?? 0)) + (moved.Replay is { } replay ? (100L * replay.Packets.Length) + (48L * replay.Before.Count) : 0);

    private static long DataBytesOf(SavedSession session) => session.Data switch
    {
        string text => MemorySize.Of(text),
        byte[] bytes => MemorySize.Array<byte>(bytes.Length),
        _ => session.DataBytes,
    };

    // The names of rooms as one text, each with its length in front: names that only this session has left are not kept one by one.
    private static string Pack(ImmutableArray<string> rooms) => string.Create(rooms.Sum(room => room.Length + 2), rooms, static (text, rooms) =>
    {
        foreach (var room in rooms)
        {
            (text[0], text[1]) = ((char)(room.Length >> 16), (char)(room.Length & 0xFFFF));
            room.CopyTo(text[2..]);
            text = text[(room.Length + 2)..];
        }
    });

    private static ImmutableArray<string> Unpack(string packed)
    {
        var rooms = ImmutableArray.CreateBuilder<string>();
        for (var at = 0; at < packed.Length; at += 2 + rooms[^1].Length)
            rooms.Add(packed.Substring(at + 2, (packed[at] << 16) | packed[at + 1]));
        return rooms.DrainToImmutable();
    }

    private sealed record Away(string SocketId, string PrivateId, string Rooms, object? Data, string? LastOffset, long LeftAt, long At, long Bytes)
    {
        public long DataBytes { get; init; }

        public string? User { get; init; }

        public bool IsDataFromElsewhere { get; init; }

        public MovedSession? Moved { get; init; }
    }
}
