using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Which socket of this worker is in which room. A room keeps an array of its members that is made anew only when somebody asks after a change,
/// so that a broadcast to one room copies nothing. Thread-safe; events are returned, never raised under the lock.
/// </summary>
/// <remarks>
/// A client that comes back has the id it had. Its sockets are told apart by their incarnation, which grows: what an earlier one still does leaves
/// the rooms of a later one alone.
/// Incarnation 0, that of callers who know ids only, stands for whichever is there.
/// </remarks>
internal sealed class RoomTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Joined> _sockets = new(StringComparer.Ordinal);
    private string[]? _everybody;

    /// <summary>How many rooms have members.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _rooms.Count;
        }
    }

    /// <summary>
    /// Adds a socket to rooms; with an empty list it becomes known without a room. Does nothing when a later incarnation is known; an earlier one
    /// leaves its rooms.
    /// </summary>
    public void Join(string socketId, long incarnation, IReadOnlyList<string> rooms, List<RoomEvent> events)
    {
        lock (_gate)
        {
            ref var joined = ref CollectionsMarshal.GetValueRefOrAddDefault(_sockets, socketId, out var known);
            if (!known)
            {
                joined = new Joined(rooms.Count);
                _everybody = null;
            }
            else if (incarnation != 0 && incarnation < joined!.Incarnation)
            {
                return;
            }

            if (incarnation > joined!.Incarnation)
                Succeed(joined, socketId, incarnation, events);
            for (var i = 0; i < rooms.Count; i++)
                JoinRoom(joined, socketId, rooms[i], events);
        }
    }

    public void Leave(string socketId, long incarnation, string room, List<RoomEvent> events)
    {
        lock (_gate)
        {
            if (_sockets.TryGetValue(socketId, out var joined) && joined.Is(incarnation) && joined.Remove(room))
                LeaveRoom(socketId, room, events);
        }
    }

    public void LeaveAll(string socketId, long incarnation, List<RoomEvent> events)
    {
        lock (_gate)
        {
            if (!_sockets.TryGetValue(socketId, out var joined) || !joined.Is(incarnation))
                return;
            _sockets.Remove(socketId);
            _everybody = null;
            foreach (var room in joined)
                LeaveRoom(socketId, room, events);
        }
    }

    public string[] RoomsOf(string socketId, long incarnation = 0)
    {
        lock (_gate)
            return _sockets.TryGetValue(socketId, out var joined) && joined.Is(incarnation) ? [.. joined] : [];
    }

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Snapshot()
    {
        lock (_gate)
            return _rooms.ToDictionary(room => room.Key, IReadOnlyList<string> (room) => room.Value.Members());
    }

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Sockets()
    {
        lock (_gate)
            return _sockets.ToDictionary(socket => socket.Key, IReadOnlyList<string> (socket) => [.. socket.Value]);
    }

    /// <summary>Ids of the selected sockets, each once. The array may be shared and must not be changed.</summary>
    public ReadOnlySpan<string> Select(BroadcastOptions options)
    {
        lock (_gate)
        {
            if (options.Rooms.Length <= 1)
            {
                var members = options.Rooms.IsEmpty ? Everybody() : MembersOf(options.Rooms[0]);
                if (options.Except.IsEmpty || members.Length == 0)
                    return members;
                if (options.Except.Length == 1 && MembersOf(options.Except[0]) is { Length: <= 1 } left)
                    return left.Length == 0 ? members : Without(members, left[0]);
            }

            return SelectMany(options);
        }
    }

    /// <summary>
    /// As <see cref="Select"/>, for at most one room and one exception, when it finds no more than <paramref name="few"/>. Whether it does is told without
    /// looking at the many.
    /// </summary>
    public bool TrySelectFew(BroadcastOptions options, int few, out ReadOnlySpan<string> targets)
    {
        lock (_gate)
        {
            var count = options.Rooms.IsEmpty ? _sockets.Count : CountOf(options.Rooms[0]);
            if (count > few + 1 || (!options.Except.IsEmpty && CountOf(options.Except[0]) > few))
            {
                targets = default;
                return false;
            }

            targets = Select(options);
            return targets.Length <= few;
        }
    }

    private int CountOf(string room) => _rooms.TryGetValue(room, out var members) ? members.Count : 0;

    private string[] Everybody() => _everybody ??= [.. _sockets.Keys];

    private string[] MembersOf(string room) => _rooms.TryGetValue(room, out var members) ? members.Members() : [];

    /// <summary>Everybody but the sender: what most exceptions are.</summary>
    private static string[] Without(string[] members, string one)
    {
        var at = Array.IndexOf(members, one);
        if (at < 0)
            return members;
        var others = new string[members.Length - 1];
        Array.Copy(members, others, at);
        Array.Copy(members, at + 1, others, at, others.Length - at);
        return others;
    }

    private string[] SelectMany(BroadcastOptions options)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var room in options.Except)
            seen.UnionWith(MembersOf(room));

        var selected = new List<string>();
        if (options.Rooms.IsEmpty)
            Take(Everybody());
        foreach (var room in options.Rooms)
            Take(MembersOf(room));

        return [.. selected];

        void Take(string[] members)
        {
            foreach (var id in members)
            {
                if (seen.Add(id))
                    selected.Add(id);
            }
        }
    }

    private void Succeed(Joined joined, string socketId, long incarnation, List<RoomEvent> events)
    {
        if (joined.Incarnation != 0)
        {
            foreach (var room in joined)
                LeaveRoom(socketId, room, events);
            joined.Clear();
        }

        joined.Incarnation = incarnation;
    }

    private void JoinRoom(List<string> joined, string socketId, string room, List<RoomEvent> events)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_rooms, room, out var exists);
        if (!exists)
        {
            entry = new Room();
            events.Add(new RoomEvent(RoomEventKind.Created, room));
        }

        if (!entry!.Add(socketId))
            return;
        joined.Add(room);
        events.Add(new RoomEvent(RoomEventKind.Joined, room, socketId));
    }

    private void LeaveRoom(string socketId, string room, List<RoomEvent> events)
    {
        var entry = _rooms[room];
        entry.Remove(socketId);
        events.Add(new RoomEvent(RoomEventKind.Left, room, socketId));
        if (entry.Count > 0)
            return;
        _rooms.Remove(room);
        events.Add(new RoomEvent(RoomEventKind.Deleted, room));
    }

    /// <summary>Rooms of one socket.</summary>
    private sealed class Joined(int capacity) : List<string>(capacity)
    {
        public long Incarnation { get; set; }

        public bool Is(long incarnation) => incarnation == 0 || Incarnation == 0 || Incarnation == incarnation;
    }

    /// <summary>Most rooms have one member (every socket's own): that one needs no set.</summary>
    private sealed class Room
    {
        private string[]? _members;
        private HashSet<string>? _set;
        private string? _single;

        public int Count => _set?.Count ?? (_single is null ? 0 : 1);

        public bool Add(string socketId)
        {
            if (_set is null)
            {
                if (_single is null)
                {
                    _single = socketId;
                    _members = null;
                    return true;
                }

                if (_single == socketId)
                    return false;
                _set = new HashSet<string>(StringComparer.Ordinal) { _single };
                _single = null;
            }

            if (!_set.Add(socketId))
                return false;
            _members = null;
            return true;
        }

        public void Remove(string socketId)
        {
            _members = null;
            if (_set is not null)
                _set.Remove(socketId);
            else if (_single == socketId)
                _single = null;
        }

        public string[] Members() => _members ??= _set is not null ? [.. _set] : _single is null ? [] : [_single];
    }
}
