using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>A room that recorded packets are for, or leave out; one object for each name, whatever strings the packets came with.</summary>
/// <param name="name">Its name; null for everybody.</param>
internal sealed class RecordedRoom(string? name)
{
    public string? Name => name;

    /// <summary>Number of the last packet for it, 0 for none.</summary>
    public long Last { get; set; }

    /// <summary>Number of the last packet for it that no other worker's log has, 0 for none.</summary>
    public long LastLocal { get; set; }

    /// <summary>How often packets speak of it.</summary>
    public int Uses { get; set; }
}

/// <summary>A packet that was sent, as a client that comes back would get it.</summary>
/// <param name="At">When it was sent, in timestamps.</param>
/// <param name="Body">The event, with its offset as last argument.</param>
/// <param name="Target">Whom it was for: a <see cref="RecordedRoom"/>, or several and those left out (<see cref="RecordedTarget"/>).</param>
/// <param name="Previous">Number of the packet before it for its one room.</param>
/// <param name="Place">By what the logs of other workers know it; none when it is in this one only.</param>
internal readonly record struct RecordedPacket(long At, PacketBody Body, object Target, long Previous, LogPlace Place);

/// <summary>Several rooms, or rooms that are left out.</summary>
/// <param name="Rooms">Rooms it is for; that of everybody where none was named.</param>
/// <param name="Previous">Number of the packet before it, for each of them.</param>
/// <param name="Except">Rooms it is not for.</param>
internal sealed record RecordedTarget(RecordedRoom[] Rooms, long[] Previous, RecordedRoom[] Except);

/// <summary>
/// Packets in the order they were sent, numbered without a gap, and for each room the chain of its own: what a client missed is found without a look
/// at what others got.
/// Every byte that it keeps is counted. Not thread-safe.
/// </summary>
/// <param name="last">The number in front of the first packet.</param>
internal sealed class RecordedPackets(long last = 0)
{
    private const int SegmentSize = 32;
    private static readonly long SegmentBytes = MemorySize.Array<RecordedPacket>(SegmentSize) + (2 * nint.Size);

    /// <summary>Bytes of memory of a packet itself, with its position and that of its offset.</summary>
    public static readonly long PacketBytes = (SegmentBytes / SegmentSize) + (2 * sizeof(long));

    private readonly Dictionary<string, RecordedRoom> _rooms = new(StringComparer.Ordinal);
    private readonly RecordedRoom _everybody = new(null);
    private readonly List<RecordedPacket[]> _segments = [];
    private readonly LogOrigins _origins = new();
    private int _start;
    private bool _isCut;

    public int Count { get; private set; }

    /// <summary>Bytes of memory that the packets hold.</summary>
    public long Bytes { get; private set; }

    /// <summary>Number of the last packet that was added; in front of the first one that of the constructor.</summary>
    public long Last { get; private set; } = last;

    /// <summary>Number of the oldest packet that is kept; the next one's when there is none.</summary>
    public long First => Last - Count + 1;

    /// <summary>Number of the last packet in front of which something is missing that was sent to this worker, 0 for none.</summary>
    public long LastHole { get; private set; }

    /// <summary>The same of what nobody knows the sender of: where it is known, its origin holds nothing from before.</summary>
    public long LastUnknownHole { get; private set; }

    /// <summary>How often numbers have come again: packets were put in front after others had been let go there.</summary>
    public int Reuses { get; private set; }

    /// <summary>Whose packets these are.</summary>
    public LogOrigins Origins => _origins;

    /// <summary>The packet with a number between <see cref="First"/> and <see cref="Last"/>.</summary>
    public ref readonly RecordedPacket this[long number] => ref Slot(number);

    /// <summary>The number is <see cref="Last"/> afterwards.</summary>
    public void Add(long at, PacketBody body, BroadcastOptions target, LogPlace place = default)
    {
        Append(at, body, target, place);
        if (place.IsNone)
            return;
        var origin = _origins.Of(place);
        Bytes -= origin.Bytes;
        if (!origin.Add(place.Number, Last, at))
            LastHole = Last;
        Bytes += origin.Bytes;
    }

    private void Append(long at, PacketBody body, BroadcastOptions target, LogPlace place)
    {
        if (_start + Count == _segments.Count * SegmentSize)
        {
            _segments.Add(new RecordedPacket[SegmentSize]);
            Bytes += SegmentBytes;
        }

        Count++;
        Last++;
        var whom = Resolve(target);
        Slot(Last) = new RecordedPacket(at, body, whom, Chain(whom, place), place);
        Bytes += MemorySize.Of(body) + MemorySize.Of(whom as RecordedTarget);
    }

    /// <summary>Whom a packet is for.</summary>
    public static BroadcastOptions OptionsOf(object target) => target switch
    {
        RecordedTarget several => new BroadcastOptions
        {
            Rooms = [.. several.Rooms.Where(static room => room.Name is not null).Select(static room => room.Name!)],
            Except = [.. several.Except.Select(static room => room.Name!)],
        },
        RecordedRoom { Name: { } name } => new BroadcastOptions { Rooms = [name] },
        _ => BroadcastOptions.All,
    };

    /// <summary>
    /// Puts older packets in front, with the numbers before <see cref="First"/>. What is held stays where it is: only the ends of its chains are looked for.
    /// </summary>
    /// <param name="older">The older ones, in order; of each worker those just in front of what is held of it.</param>
    /// <param name="endedAt">When workers had ended that are not known here.</param>
    public void Prepend(IReadOnlyList<(long At, PacketBody Body, BroadcastOptions Target, LogPlace Place)> older, long endedAt)
    {
        if (_isCut)
            EndChains();
        MakeRoom(older.Count);
        var (lasts, number) = (new Dictionary<RecordedRoom, long>(), First);
        foreach (var (at, body, target, place) in older)
        {
            var whom = Resolve(target);
            Slot(number) = new RecordedPacket(at, body, whom, Chain(whom, number, lasts), place);
            Bytes += MemorySize.Of(body) + MemorySize.Of(whom as RecordedTarget);
            number++;
        }

        Join(lasts, number);
        Bytes += _origins.Prepend(older.Select((packet, i) => (packet.Place, packet.At, First + i)), endedAt);
    }

    /// <summary>Something is missing in front of the next one.</summary>
    /// <param name="isKnown">Whether its origin knows that.</param>
    public void NoteHole(bool isKnown) => (LastHole, LastUnknownHole) = (Last + 1, isKnown ? LastUnknownHole : Last + 1);

    /// <summary>Lets go of the oldest; there must be one.</summary>
    public void RemoveFirst()
    {
        ref var slot = ref Slot(First);
        var (body, target, number, place) = (slot.Body, slot.Target, First, slot.Place);
        slot = default;
        Bytes -= MemorySize.Of(body) + MemorySize.Of(target as RecordedTarget);
        Count--;
        _start++;
        _isCut = true;
        if (target is RecordedTarget several)
        {
            foreach (var room in several.Rooms)
                Forget(room, number);
            foreach (var room in several.Except)
                Forget(room, 0);
        }
        else
        {
            Forget((RecordedRoom)target, number);
        }

        if (!place.IsNone && _origins.TryGet(place.Life, out var origin))
        {
            Bytes -= origin.Bytes;
            origin.RemoveFirst(place.Number);
            Bytes += origin.Bytes;
        }

        if (_start >= SegmentSize || Count == 0)
            DropSegments();
    }

    /// <summary>Forgets whose packets these were; there must be none.</summary>
    public void ClearOrigins()
    {
        Bytes -= _origins.All.Sum(static origin => origin.Bytes);
        _origins.Clear();
    }

    /// <summary>Forgets workers that hold nothing and were silent for longest, where there are more than this.</summary>
    public void LimitOrigins(int most) => Bytes -= _origins.Limit(most);

    /// <summary>Number of the last packet for a room; null stands for everybody. 0 when there is none.</summary>
    public long LastFor(string? room) => room is null ? _everybody.Last : _rooms.TryGetValue(room, out var found) ? found.Last : 0;

    /// <summary>Number of the last packet for a room, null for everybody, that no other worker's log has. 0 when there is none.</summary>
    public long LastLocalFor(string? room) => room is null ? _everybody.LastLocal : _rooms.TryGetValue(room, out var found) ? found.LastLocal : 0;

    /// <summary>Number of the packet before one, among those for a room; null stands for everybody.</summary>
    public long Before(long number, string? room)
    {
        ref readonly var packet = ref Slot(number);
        if (packet.Target is not RecordedTarget several)
            return packet.Previous;
        for (var i = 0; i < several.Rooms.Length; i++)
        {
            if (several.Rooms[i].Name == room)
                return several.Previous[i];
        }

        return 0;
    }

    private ref RecordedPacket Slot(long number)
    {
        var at = _start + (int)(number - First);
        return ref _segments[at / SegmentSize][at % SegmentSize];
    }

    /// <summary>Numbers of packets that were let go are about to come again: no chain may lead there.</summary>
    private void EndChains()
    {
        _isCut = false;
        Reuses++;
        for (var number = First; number <= Last; number++)
        {
            ref var slot = ref Slot(number);
            if (slot.Previous < First)
                slot = slot with { Previous = 0 };
            if (slot.Target is not RecordedTarget several)
                continue;
            for (var i = 0; i < several.Previous.Length; i++)
                several.Previous[i] = several.Previous[i] < First ? 0 : several.Previous[i];
        }
    }

    /// <summary>Takes numbers in front of the first.</summary>
    private void MakeRoom(int count)
    {
        var segments = (Math.Max(0, count - _start) + SegmentSize - 1) / SegmentSize;
        _segments.InsertRange(0, Enumerable.Range(0, segments).Select(static _ => new RecordedPacket[SegmentSize]));
        Bytes += segments * SegmentBytes;
        _start += (segments * SegmentSize) - count;
        Count += count;
    }

    private object Resolve(BroadcastOptions target)
    {
        if (target.Rooms.Length <= 1 && target.Except.IsEmpty)
            return target.Rooms.IsEmpty ? _everybody : Use(target.Rooms[0]);
        RecordedRoom[] rooms = target.Rooms.IsEmpty ? [_everybody] : [.. target.Rooms.Distinct(StringComparer.Ordinal).Select(Use)];
        return new RecordedTarget(rooms, new long[rooms.Length], [.. target.Except.Select(Use)]);
    }

    /// <summary>The last packet is the last of its rooms' chains.</summary>
    /// <returns>The one before it, where it is for one.</returns>
    private long Chain(object whom, LogPlace place)
    {
        if (whom is not RecordedTarget several)
            return Chain((RecordedRoom)whom, place);
        for (var i = 0; i < several.Rooms.Length; i++)
            several.Previous[i] = Chain(several.Rooms[i], place);
        return 0;
    }

    private long Chain(RecordedRoom room, LogPlace place)
    {
        var previous = room.Last;
        if (place.IsNone)
            room.LastLocal = Last;
        room.Last = Last;
        return previous;
    }

    /// <summary>The same of chains that end in front of what is held.</summary>
    private static long Chain(object whom, long number, Dictionary<RecordedRoom, long> lasts)
    {
        if (whom is not RecordedTarget several)
            return Swap((RecordedRoom)whom);
        for (var i = 0; i < several.Rooms.Length; i++)
            several.Previous[i] = Swap(several.Rooms[i]);
        return 0;

        long Swap(RecordedRoom room)
        {
            ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(lasts, room, out _);
            return (last, last = number).Item1;
        }
    }

    /// <summary>Chains that end in front of a packet go on with the first that is for the same room.</summary>
    private void Join(Dictionary<RecordedRoom, long> lasts, long number)
    {
        foreach (var (room, last) in lasts)
        {
            if (room.Last > 0)
                continue;
            room.Last = last;
            lasts.Remove(room);
        }

        for (; number <= Last && lasts.Count > 0; number++)
        {
            ref var slot = ref Slot(number);
            if (slot.Target is RecordedRoom room && lasts.Remove(room, out var last))
                slot = slot with { Previous = last };
            else if (slot.Target is RecordedTarget several)
                Join(lasts, several);
        }
    }

    private static void Join(Dictionary<RecordedRoom, long> lasts, RecordedTarget several)
    {
        for (var i = 0; i < several.Rooms.Length; i++)
        {
            if (lasts.Remove(several.Rooms[i], out var last))
                several.Previous[i] = last;
        }
    }

    private RecordedRoom Use(string name)
    {
        ref var room = ref CollectionsMarshal.GetValueRefOrAddDefault(_rooms, name, out var isKnown);
        if (!isKnown)
        {
            room = new RecordedRoom(name);
            Bytes += MemorySize.OfRoom(name);
        }

        room!.Uses++;
        return room;
    }

    private void Forget(RecordedRoom room, long number)
    {
        if (room.Last == number)
            room.Last = 0;
        if (room.Name is not { } name || --room.Uses > 0)
            return;
        _rooms.Remove(name);
        Bytes -= MemorySize.OfRoom(name);
        if (_rooms.Capacity > 64 && _rooms.Count < _rooms.Capacity / 4)
            _rooms.TrimExcess(_rooms.Count * 2);
    }

    private void DropSegments()
    {
        var dropped = Count == 0 ? _segments.Count : _start / SegmentSize;
        // The list moves what is left: not for each of them.
        if (Count > 0 && dropped < 16 && dropped * 4 < _segments.Count)
            return;
        _segments.RemoveRange(0, dropped);
        _start = Count == 0 ? 0 : _start - (dropped * SegmentSize);
        Bytes -= dropped * SegmentBytes;
        if (_segments.Capacity > 64 && _segments.Count < _segments.Capacity / 4)
            _segments.Capacity = _segments.Count * 2;
    }
}
