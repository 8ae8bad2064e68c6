namespace Akka.ClusterAdapter.Adapters;

/// <content>
/// What was sent before this worker joined: it gets that from the log of another one, so that a client which missed it can come back to this one too,
/// and when nobody is left who heard it (docs/decisions/0103).
/// </content>
internal sealed partial class SessionStore
{
    /// <summary>
    /// Position in front of the first packet of a log: as many may be put in front of it. Four characters of an offset, as few as that many need.
    /// </summary>
    private const long LastBefore = 1L << 18;

    /// <summary>Most packets that are looked at for a part of the log, under the lock.</summary>
    private const int LookedAtOnce = 4_096;

    /// <summary>How much later than here a worker may see that another one has joined.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    // What clients show of those in front of the first own one, from the oldest on.
    private string[] _fetched = [];
    private long _fetchedBytes;
    private long _firstOwn;

    /// <summary>Bytes of memory that events may still take, all namespaces together; a snapshot.</summary>
    public long Room => Options.MaxBytes - stores.Size.Bytes;

    /// <summary>Which log it is: the namespace may have been empty meanwhile.</summary>
    public long Log
    {
        get
        {
            lock (_gate)
                return _began;
        }
    }

    /// <summary>
    /// How far what is missing here goes back: to these numbers, of workers that are known here. What another worker has of others as well is missing.
    /// </summary>
    public LogVector Lacks
    {
        get
        {
            lock (_gate)
            {
                var lacks = new LogVector();
                foreach (var origin in _packets.Origins.All)
                    lacks.Raise(origin.Life, origin.Before);
                return lacks;
            }
        }
    }

    /// <summary>A worker's process is over: it does not speak to anybody who joins from now on.</summary>
    /// <param name="worker">The process; 0 for one that has never said anything.</param>
    public void End(long worker)
    {
        if (worker == 0)
            return; // so are this one and those that were not heard here
        lock (_gate)
        {
            _told.Remove(worker);
            foreach (var origin in _packets.Origins.All)
            {
                if (origin.Worker == worker)
                    origin.EndedAt ??= time.GetTimestamp();
            }
        }
    }

    /// <summary>A part of this log for another worker, newest first.</summary>
    /// <param name="next">Position behind it; 0 for the end of the log.</param>
    /// <param name="lacks">What is missing there.</param>
    /// <param name="joined">How long ago that worker joined. Who is not known there, and was not over by then, may still be heard there.</param>
    /// <param name="mostBytes">Most bytes, unless one packet alone is larger.</param>
    /// <param name="largest">One packet that is larger does not cross, and nothing of its worker that is older.</param>
    public FetchedPage Page(long next, LogVector lacks, TimeSpan joined, long mostBytes, long largest = long.MaxValue)
    {
        var packets = new List<FetchedPacket>();
        lock (_gate)
        {
            ExpireUnderLock();
            var since = Ago(joined);
            var at = Math.Min(next == 0 ? long.MaxValue : next - 1, _packets.Last);
            var end = Math.Max(_packets.First, Math.Max(_packets.LastUnknownHole, _isSuspended ? long.MaxValue : 0));
            var bytes = 0L;
            for (var looked = 0; at >= end && looked < LookedAtOnce; at--, looked++)
            {
                ref readonly var packet = ref _packets[at];
                if (!IsLackedBy(lacks, since, packet.Place))
                    continue;
                var one = new FetchedPacket(packet.Place, time.GetElapsedTime(packet.At), RecordedPackets.OptionsOf(packet.Target), packet.Body, Offset(at));
                if (one.CrossingBytes > largest)
                    continue;
                bytes += one.CrossingBytes;
                if (bytes > mostBytes && packets.Count > 0)
                    break;
                packets.Add(one);
            }

            return new FetchedPage(packets, at >= end ? at + 1 : 0, _packets.Count);
        }
    }

    /// <summary>Puts packets of another log in front of this one: of each worker those that follow one on another up to what is held here.</summary>
    /// <param name="packets">Newest first; their bodies hold nothing but themselves.</param>
    /// <param name="log">Which log they were asked for: <see cref="Log"/>.</param>
    /// <returns>How many.</returns>
    public int Fetch(IEnumerable<FetchedPacket> packets, long log)
    {
        using var turn = new Turn(this);
        ExpireUnderLock();
        // Nothing may be missing between the two; and where own packets were let go, their numbers must not come again.
        if (_isSuspended || log != _began || _packets.LastUnknownHole > 0 || _packets.First > _firstOwn)
            return 0;
        var fitting = Fitting(packets);
        if (fitting.Count == 0)
            return 0;
        fitting.Reverse();
        _revision++;
        var reuses = _packets.Reuses;
        _packets.Prepend(fitting.ConvertAll(packet => (Ago(packet.Age), packet.Body, packet.Target, packet.Place)), _began);
        Keep(fitting);
        Count();
        // The copy may know other packets by these numbers.
        if (_packets.Reuses != reuses && _feed is not null)
            StartFeed();
        return fitting.Count;
    }

    private bool IsLackedBy(LogVector lacks, long since, LogPlace place)
    {
        if (!_packets.Origins.TryGet(place.Life, out var origin) || place.Number <= origin.Before)
            return false;
        return lacks.Knows(place.Life) ? place.Number <= lacks.Of(place.Life) : origin.EndedAt < since;
    }

    private List<FetchedPacket> Fitting(IEnumerable<FetchedPacket> packets)
    {
        var fitting = new List<FetchedPacket>();
        var ends = new Dictionary<long, long>();
        // Older ones make no room for themselves at the cost of newer ones, and of other namespaces'.
        var room = Room;
        foreach (var packet in packets)
        {
            if (room <= 0)
                break;
            if (packet.Place.IsNone || packet.Age > Options.MaxDisconnection || fitting.Count >= _packets.First - 1)
                continue;
            var (life, number) = (packet.Place.Life, packet.Place.Number);
            if (!ends.TryGetValue(life, out var end))
                end = _packets.Origins.TryGet(life, out var origin) ? origin.IsBroken ? -1 : origin.Before : number;
            if (number == end)
            {
                fitting.Add(packet);
                end--;
                room -= packet.KeptBytes;
            }

            ends[life] = end;
        }

        return fitting;
    }

    private void Keep(List<FetchedPacket> fitting)
    {
        var known = _packets.First + fitting.Count < _firstOwn ? _fetched[^(int)(_firstOwn - _packets.First - fitting.Count)..] : [];
        _fetched = [.. fitting.Select(static packet => packet.Offset), .. known];
        _fetchedBytes = MemorySize.Array<object>(_fetched.Length) + _fetched.Sum(static offset => MemorySize.Of(offset));
    }

    private string OffsetOfFetched(long position) => _fetched[^(int)(_firstOwn - position)];

    /// <summary>The last of them was let go.</summary>
    private void ForgetFetched()
    {
        if (_packets.First >= _firstOwn)
            (_fetched, _fetchedBytes) = ([], 0);
    }

    private void Name(LogPlace place, long worker)
    {
        if (worker == 0 || !_packets.Origins.TryGet(place.Life, out var origin))
            return;
        // A worker's adapter actor may have another life than its log.
        if (origin.Worker != worker)
            (origin.Worker, origin.EndedAt) = (worker, null);
        // It was let go and has spoken once more: who joined until now may have heard that.
        else if (origin.EndedAt is not null)
            origin.EndedAt = Ago(-LastWords);
    }
}
