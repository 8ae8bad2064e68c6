using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Looks for what one client missed, along the chains of its rooms, newest first; a few steps at a time, each under the lock of the log, so that
/// whoever records meanwhile hardly waits.
/// However large the log is, a search ends after <see cref="MaxVisited"/> packets: a client that would need more begins anew.
/// </summary>
internal sealed class MissedSearch
{
    private const int Spare = 4_096;

    private readonly SavedSession _session;
    private readonly SessionStoreOptions _options;
    private readonly Func<long, string> _offset;
    private readonly HashSet<string> _rooms;
    private readonly LogVector? _seen;
    private readonly List<(long Number, MissedPacket Packet)> _found = [];
    private readonly HashSet<long> _looked = [];
    private long _after;
    private long _upTo = -1;
    private int _nextRoom;
    private string? _room;
    private long _at;
    private long _bytes;

    /// <param name="session">Whose client it is.</param>
    /// <param name="after">Number of the last packet that it has seen.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="offset">Writes a number as clients show it.</param>
    /// <param name="seen">What it has seen of later ones, on another worker.</param>
    public MissedSearch(SavedSession session, long after, SessionStoreOptions options, Func<long, string> offset, LogVector? seen = null)
    {
        (_session, _options, _offset, _after, _seen) = (session, options, offset, after, seen);
        From = after;
        _rooms = new HashSet<string>(session.Rooms, StringComparer.Ordinal);
    }

    /// <summary>The log's <see cref="RecordedPackets.Reuses"/> when the search began: once numbers have come again they tell nothing.</summary>
    public int Reuses { get; init; }

    /// <summary>What was known of what was sent before, when the search began.</summary>
    public int Revision { get; init; }

    /// <summary>How often it had turned out by then that somebody who came from elsewhere misses something; of a session that was here.</summary>
    public int Losses { get; init; }

    /// <summary>Up to here it leaves out what is in this log only.</summary>
    public long LocalAfter { get; init; }

    /// <summary>The last packet that its client has certainly seen.</summary>
    public long From { get; }

    /// <summary>Packets that were looked at.</summary>
    public long Visited { get; private set; }

    /// <summary>True when the client missed more than it may have, or than is kept.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Most packets that may be looked at: more than a client may have missed, for some may leave it out.</summary>
    public long MaxVisited => Spare + (16L * _options.MaxPacketsPerSession);

    /// <summary>How many packets were recorded since the last that is accounted for.</summary>
    public long Behind(RecordedPackets packets) => packets.Last - _after;

    /// <summary>Goes on, under the log's lock; false when all that was recorded before the round began is accounted for.</summary>
    public bool Advance(RecordedPackets packets, int steps)
    {
        if (_upTo < 0)
            (_upTo, _nextRoom, _at) = (packets.Last, 0, 0);
        HasFailed |= _after < packets.First - 1 || packets.Reuses != Reuses;
        if (Behind(packets) <= _rooms.Count)
            return ScanAll(packets);
        for (; steps > 0 && !HasFailed; steps--)
        {
            if (_at > _after)
            {
                Take(packets, _at);
                _at = packets.Before(_at, _room);
            }
            else if (!TryNextRoom(packets))
            {
                EndRound(_upTo);
                return false;
            }
        }

        return !HasFailed;
    }

    /// <summary>Hands over what was found, in the order it was sent: the search lives as long as the socket, the packets need not.</summary>
    public IReadOnlyList<MissedPacket> TakeResult()
    {
        _found.Sort(static (one, other) => one.Number.CompareTo(other.Number));
        var result = _found.ConvertAll(static found => found.Packet);
        _found.Clear();
        _found.TrimExcess();
        _rooms.Clear();
        _rooms.TrimExcess();
        return result;
    }

    // Fewer packets than rooms.
    private bool ScanAll(RecordedPackets packets)
    {
        for (var number = _after + 1; number <= packets.Last && !HasFailed; number++)
        {
            if (IsFor(packets[number].Target))
                Take(packets, number);
        }

        EndRound(packets.Last);
        return false;
    }

    private void EndRound(long upTo)
    {
        (_after, _upTo) = (upTo, -1);
        _looked.Clear();
    }

    /// <summary>Everybody's packets come first, then those of each room.</summary>
    private bool TryNextRoom(RecordedPackets packets)
    {
        if (_nextRoom > _session.Rooms.Length)
            return false;
        _room = _nextRoom == 0 ? null : _session.Rooms[_nextRoom - 1];
        _at = packets.LastFor(_room);
        _nextRoom++;
        return true;
    }

    private void Take(RecordedPackets packets, long number)
    {
        ref readonly var packet = ref packets[number];
        Visited++;
        if (number > _upTo)
            return; // recorded since the round began
        if (packet.Target is RecordedTarget several)
        {
            Visited += several.Except.Length;
            if (!_looked.Add(number) || several.Except.Any(IsMine))
            {
                HasFailed |= Visited > MaxVisited;
                return;
            }
        }

        if (_seen?.Has(packet.Place) == true || (packet.Place.IsNone && number <= LocalAfter))
        {
            HasFailed |= Visited > MaxVisited;
            return;
        }

        _bytes += packet.Body.Size;
        HasFailed |= _found.Count >= _options.MaxPacketsPerSession || _bytes > _options.MaxBytesPerSession || Visited > MaxVisited;
        _found.Add((number, new MissedPacket(packet.Body, _offset(number)) { Place = packet.Place }));
    }

    private bool IsFor(object target) => target switch
    {
        RecordedTarget several => several.Rooms.Any(IsMine),
        RecordedRoom room => IsMine(room),
        _ => false,
    };

    private bool IsMine(RecordedRoom room) => room.Name is not { } name || _rooms.Contains(name);
}
