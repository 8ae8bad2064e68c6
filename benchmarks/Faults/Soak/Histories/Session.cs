namespace Akka.ClusterAdapter.Faults.Soak.Histories;

/// <summary>
/// One session: what one client was told from its join until its connection ends for good. It may lose its connection in between and be recovered. Thread-safe.
/// </summary>
/// <param name="client">Its name.</param>
/// <param name="scope">Server and namespace.</param>
/// <param name="rooms">Where it is.</param>
internal sealed class Session(string client, string scope, string[] rooms)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Reception> _received = new(StringComparer.Ordinal);
    private readonly List<Segment> _segments = [];
    private readonly List<string> _misplaced = [];

    public string Client => client;

    public string Scope => scope;

    public IReadOnlyList<string> Rooms => rooms;

    /// <summary>What was sent later is owed to it.</summary>
    public long JoinedAt { get; private set; } = long.MaxValue;

    /// <summary>When its last connection ended; null while it is open.</summary>
    public long? EndedAt { get; private set; }

    /// <summary>Whether it was the server that ended it, as it does when something turns out to be lost.</summary>
    public bool WasTold { get; private set; }

    /// <summary>From now on everything is owed to it, and noted.</summary>
    public void Begin(long at) => JoinedAt = at;

    /// <summary>Its connection stands: at which worker is told later.</summary>
    public void Connected(string? life, long at, string how = "")
    {
        lock (_gate)
        {
            if (_segments is [.., { To: long.MaxValue }])
                _segments[^1].To = at;
            _segments.Add(new Segment { Life = life ?? "?", From = at, How = how });
        }
    }

    public void IsAt(string life)
    {
        lock (_gate)
        {
            if (_segments.Count > 0)
                _segments[^1].Life = life;
        }
    }

    public void Disconnected(long at)
    {
        lock (_gate)
        {
            if (_segments.Count > 0)
                _segments[^1].To = Math.Min(_segments[^1].To, at);
        }
    }

    /// <summary>It is over.</summary>
    /// <param name="wasTold">The client knows that it begins anew, and did not want it itself.</param>
    public void End(bool wasTold)
    {
        lock (_gate)
            (EndedAt, WasTold) = (_segments.Count > 0 ? _segments[^1].To : JoinedAt, wasTold);
    }

    /// <summary>A message came.</summary>
    public void Receive(StreamLog stream, int number, long now)
    {
        lock (_gate)
        {
            if (!_received.TryGetValue(stream.Name, out var reception))
            {
                _received.Add(stream.Name, new Reception { First = number, Last = number });
                return;
            }

            if (number > reception.Last + 1)
                reception.Holes.Add(new Hole(reception.Last + 1, number - 1, now));
            else if (number <= reception.Last)
                _misplaced.Add(reception.Holes.Exists(hole => number >= hole.From && number <= hole.To)
                    ? $"{client} got {stream.Name} {number} after {reception.Last}"
                    : $"{client} got {stream.Name} {number} twice, the second time after {reception.Last}");
            reception.Last = Math.Max(reception.Last, number);
        }
    }

    /// <summary>The latest number of a stream; -1 for none.</summary>
    public int LastOf(StreamLog stream)
    {
        lock (_gate)
            return _received.TryGetValue(stream.Name, out var reception) ? reception.Last : -1;
    }

    /// <summary>What came twice or in another order.</summary>
    public string[] Misplaced()
    {
        lock (_gate)
            return [.. _misplaced];
    }

    /// <summary>What it has not got of a stream, up to a number.</summary>
    public List<Hole> Missing(StreamLog stream, int first, int end)
    {
        lock (_gate)
        {
            if (!_received.TryGetValue(stream.Name, out var reception))
                return first < end ? [new Hole(first, end - 1, long.MaxValue)] : [];
            List<Hole> missing = [.. reception.Holes];
            if (first < reception.First)
                missing.Insert(0, new Hole(first, reception.First - 1, long.MaxValue));
            if (reception.Last + 1 < end)
                missing.Add(new Hole(reception.Last + 1, end - 1, long.MaxValue));
            return missing;
        }
    }

    /// <summary>The worker that it was connected to at a moment; null when it was away.</summary>
    public string? LifeAt(long moment)
    {
        lock (_gate)
            return _segments.LastOrDefault(segment => moment >= segment.From && moment <= segment.To)?.Life;
    }

    public override string ToString()
    {
        lock (_gate)
            return $"{client} in {scope}, at {string.Join(", ", _segments)}";
    }

    private sealed class Reception
    {
        public required int First { get; init; }

        public required int Last { get; set; }

        public List<Hole> Holes { get; } = [];
    }

    private sealed class Segment
    {
        public required string Life { get; set; }

        public required long From { get; init; }

        /// <summary>By what, and where it came in.</summary>
        public required string How { get; init; }

        public long To { get; set; } = long.MaxValue;

        public override string ToString() => $"{Life} {How} {From}–{(To == long.MaxValue ? "" : To)}";
    }
}

/// <summary>Numbers that did not come.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The last.</param>
/// <param name="NoticedAt">When the next one came; <see cref="long.MaxValue"/> when none did.</param>
internal readonly record struct Hole(int From, int To, long NoticedAt);
