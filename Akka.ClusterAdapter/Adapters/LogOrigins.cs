using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>One worker's broadcasts in a log: which of them it holds without a hole, and where they stand.</summary>
/// <param name="life">Which worker's (<see cref="LogPlace"/>).</param>
/// <param name="before">Number of the last one that is not held.</param>
internal sealed class LogOrigin(long life, long before)
{
    private readonly List<long> _positions = [];
    private int _start;

    public long Life => life;

    /// <summary>All after this one are held.</summary>
    public long Before { get; private set; } = before;

    /// <summary>Of those up to this one some were never heard here, or may not have been.</summary>
    public long Unheard { get; set; } = before;

    /// <summary>The last one that was heard.</summary>
    public long Last => Before + Count;

    public int Count => _positions.Count - _start;

    /// <summary>When the last one came, in timestamps.</summary>
    public long At { get; set; }

    /// <summary>Bytes of memory.</summary>
    public long Bytes => _positions.Capacity == 0 ? 0 : MemorySize.Array<long>(_positions.Capacity);

    /// <summary>True when something is missing behind packets of it that are in the log, and count no more.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Its process; 0 when it was not heard here.</summary>
    public long Worker { get; set; }

    /// <summary>When its process was over, in timestamps; null while it may go on.</summary>
    public long? EndedAt { get; set; }

    /// <summary>Those just in front of what is held are held too.</summary>
    /// <param name="positions">Where they stand, in order.</param>
    public void Prepend(IReadOnlyCollection<long> positions)
    {
        _positions.RemoveRange(0, _start);
        _positions.InsertRange(0, positions);
        (_start, Before) = (0, Before - positions.Count);
    }

    /// <summary>It is as far as this, and nothing of that was heard here.</summary>
    public void Tell(long number, long at)
    {
        IsBroken |= Count > 0;
        _positions.Clear();
        (_start, Before, Unheard, At) = (0, number, number, at);
    }

    /// <summary>The next one was recorded. One that is not the next leaves a hole: nothing before it counts as held.</summary>
    /// <returns>False when there is a hole in front of it.</returns>
    public bool Add(long number, long position, long at)
    {
        At = at;
        var isNext = number == Last + 1;
        if (!isNext)
        {
            IsBroken |= Count > 0;
            _positions.Clear();
            (_start, Before, Unheard) = (0, number - 1, number - 1);
        }

        _positions.Add(position);
        return isNext;
    }

    /// <summary>The oldest is held no more.</summary>
    public void RemoveFirst(long number)
    {
        if (number != Before + 1 || Count == 0)
            return; // it was behind a hole
        (Before, _start) = (number, _start + 1);
        if (_start < 64 || _start < _positions.Count / 2)
            return;
        _positions.RemoveRange(0, _start);
        _start = 0;
        if (_positions.Capacity > 256 && _positions.Count < _positions.Capacity / 4)
            _positions.Capacity = _positions.Count * 2;
    }

    /// <summary>Where the one after this number stands; null when there is none yet.</summary>
    public long? PositionAfter(long number) => number < Last ? _positions[_start + (int)(Math.Max(number, Before) - Before)] : null;

    /// <summary>The last one that stands at this position or before it.</summary>
    public long LastAt(long position)
    {
        var found = CollectionsMarshal.AsSpan(_positions)[_start..].BinarySearch(position);
        return Before + (found >= 0 ? found + 1 : ~found);
    }
}

/// <summary>All workers whose broadcasts are in a log. Not thread-safe.</summary>
internal sealed class LogOrigins
{
    private readonly Dictionary<long, LogOrigin> _byLife = [];

    public IEnumerable<LogOrigin> All => _byLife.Values;

    public bool TryGet(long life, [NotNullWhen(true)] out LogOrigin? origin) => _byLife.TryGetValue(life, out origin);

    /// <summary>Whether a broadcast is held: it has been heard, and nothing behind it is missing.</summary>
    public bool Holds(LogPlace place) => _byLife.TryGetValue(place.Life, out var origin) && place.Number > origin.Before;

    /// <summary>The worker of a broadcast.</summary>
    public LogOrigin Of(LogPlace place)
    {
        ref var origin = ref CollectionsMarshal.GetValueRefOrAddDefault(_byLife, place.Life, out _);
        return origin ??= new LogOrigin(place.Life, 0);
    }

    /// <summary>The log begins: what this worker itself sent before is not in it.</summary>
    public void Begin(long life, long before, long at)
    {
        var origin = new LogOrigin(life, before);
        origin.Tell(before, at);
        _byLife[life] = origin;
    }

    /// <summary>The log gets packets in front of what it holds of their workers.</summary>
    /// <param name="older">In order, of each worker those just in front of what is held of it.</param>
    /// <param name="endedAt">When those had ended that are not known here.</param>
    /// <returns>Bytes of memory that they take.</returns>
    public long Prepend(IEnumerable<(LogPlace Place, long At, long Position)> older, long endedAt)
    {
        var bytes = 0L;
        foreach (var packets in older.GroupBy(static packet => packet.Place.Life))
        {
            var last = packets.Last();
            if (!_byLife.TryGetValue(packets.Key, out var origin))
                _byLife[packets.Key] = origin = new LogOrigin(packets.Key, last.Place.Number) { At = last.At, EndedAt = endedAt };
            bytes -= origin.Bytes;
            origin.Prepend([.. packets.Select(static packet => packet.Position)]);
            bytes += origin.Bytes;
        }

        return bytes;
    }

    /// <summary>The log begins: nothing is known of anybody.</summary>
    public void Clear() => _byLife.Clear();

    /// <summary>Forgets those that hold nothing and were silent for longest, where there are more than this.</summary>
    /// <returns>Bytes of memory that they had.</returns>
    public long Limit(int most)
    {
        var bytes = 0L;
        if (_byLife.Count <= most)
            return bytes;
        foreach (var origin in _byLife.Values.Where(static origin => origin.Count == 0).OrderBy(static origin => origin.At).Take(_byLife.Count - most).ToList())
        {
            bytes += origin.Bytes;
            _byLife.Remove(origin.Life);
        }

        return bytes;
    }

    /// <summary>How far the log was with each when this position was the last.</summary>
    /// <param name="position">The position.</param>
    /// <param name="isLeftOut">Those that say nothing any more; null leaves out none.</param>
    public LogVector At(long position, Func<LogOrigin, bool>? isLeftOut = null)
    {
        var vector = new LogVector();
        foreach (var origin in _byLife.Values)
        {
            if (isLeftOut?.Invoke(origin) != true)
                vector.Raise(origin.Life, origin.LastAt(position));
        }

        return vector;
    }
}
