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
    public long Unheard { get; private set; } = before;

    /// <summary>The last one that was heard.</summary>
    public long Last => Before + Count;

    public int Count => _positions.Count - _start;

    /// <summary>When the last one came, in timestamps.</summary>
    public long At { get; set; }

    /// <summary>Bytes of memory.</summary>
    public long Bytes => MemorySize.Array<long>(_positions.Capacity);

    /// <summary>The next one was recorded. One that is not the next leaves a hole: nothing before it counts as held.</summary>
    /// <returns>False when there is a hole in front of it.</returns>
    public bool Add(long number, long position, long at)
    {
        At = at;
        var isNext = number == Last + 1;
        if (!isNext)
        {
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

    /// <summary>The worker of a broadcast.</summary>
    public LogOrigin Of(LogPlace place)
    {
        ref var origin = ref CollectionsMarshal.GetValueRefOrAddDefault(_byLife, place.Life, out _);
        return origin ??= new LogOrigin(place.Life, 0);
    }

    /// <summary>The log begins: what this worker itself sent before is not in it.</summary>
    public void Begin(long life, long before, long at) => _byLife[life] = new LogOrigin(life, before) { At = at };

    /// <summary>Forgets those that hold nothing and were not heard since.</summary>
    public void Forget(Func<LogOrigin, bool> isOver)
    {
        foreach (var (life, origin) in _byLife)
        {
            if (origin.Count == 0 && isOver(origin))
                _byLife.Remove(life);
        }
    }

    /// <summary>How far the log was with each when this position was the last.</summary>
    public LogVector At(long position)
    {
        var vector = new LogVector();
        foreach (var origin in _byLife.Values)
            vector.Raise(origin.Life, origin.LastAt(position));
        return vector;
    }
}
