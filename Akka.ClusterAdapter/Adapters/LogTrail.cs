namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// What stood where in the log of a worker that is gone, without the packets: it tells what a client has seen that shows an offset of that log.
/// Immutable.
/// </summary>
internal sealed class LogTrail
{
    private const int Stride = 1_024;

    private readonly LogVector[] _marks;
    private readonly LogPlace[] _places;

    /// <param name="epoch">What its offsets begin with.</param>
    /// <param name="first">Position of the first packet.</param>
    /// <param name="before">How far the log was in front of it.</param>
    /// <param name="places">The packets, in order.</param>
    public LogTrail(string epoch, long first, LogVector before, LogPlace[] places)
    {
        (Epoch, First, Before, _places) = (epoch, first, before, places);
        _marks = new LogVector[1 + (places.Length / Stride)];
        var vector = before.Copy();
        for (var i = 0; i < places.Length; i++)
        {
            if (i % Stride == 0)
                _marks[i / Stride] = vector.Copy();
            vector.Raise(places[i].Life, places[i].Number);
        }

        if (places.Length % Stride == 0)
            _marks[^1] = vector;
        End = vector;
        foreach (var place in places)
            Recent.Raise(place.Life, place.Number);
    }

    public string Epoch { get; }

    public long First { get; }

    public LogVector Before { get; }

    /// <summary>How far the log was at its end.</summary>
    public LogVector End { get; }

    /// <summary>The same of those only that are among its packets.</summary>
    public LogVector Recent { get; } = new();

    public ReadOnlySpan<LogPlace> Places => _places;

    /// <summary>Bytes of memory, about.</summary>
    public long Bytes => MemorySize.Array<LogPlace>(_places.Length) + ((_marks.Length + 1) * (100 + (48L * End.Count)));

    /// <summary>What a log keeps of itself.</summary>
    /// <param name="epoch">What its offsets begin with.</param>
    /// <param name="packets">The log.</param>
    /// <param name="before">How far the log was in front of them.</param>
    public static LogTrail Of(string epoch, RecordedPackets packets, LogVector before)
    {
        var places = new LogPlace[packets.Count];
        for (var i = 0; i < places.Length; i++)
            places[i] = packets[packets.First + i].Place;
        return new LogTrail(epoch, packets.First, before, places);
    }

    /// <summary>
    /// Workers in the order in which the steps of offsets count them (<see cref="LogOffset"/>); none for a log that told no steps.
    /// </summary>
    public IReadOnlyList<long> Lives { get; init; } = [];

    /// <summary>Position of the last packet.</summary>
    public long Last => First + _places.Length - 1;

    /// <summary>
    /// The position that an offset names, and how far the log was then; no vector when that is not kept. Null when it is another log's, or no offset, or
    /// behind the end and cannot tell by which steps.
    /// </summary>
    public (long Position, LogVector? Seen)? Read(string? offset)
    {
        if (LogOffset.PositionOf(offset, Epoch) is not { } position)
            return null;
        return position <= Last ? (position, At(position)) : ReadSteps(position, offset!) is { } seen ? (position, seen) : null;
    }

    private LogVector? ReadSteps(long position, string offset)
    {
        if (!LogOffset.TryReadSteps(offset, out var steps) || steps.Count == 0)
            return null;
        var from = position - steps.Sum(static step => (long)step.Count);
        if (from > Last || At(from) is not { } vector)
            return null;
        foreach (var (index, count) in steps)
        {
            if (index > Lives.Count || (index > 0 && !vector.Knows(Lives[index - 1])))
                return null;
            if (index > 0)
                vector.Raise(Lives[index - 1], vector.Of(Lives[index - 1]) + count);
        }

        return vector;
    }

    /// <summary>How far the log was with each worker when this position was the last; null when that is not kept any more.</summary>
    public LogVector? At(long position)
    {
        if (position < First - 1)
            return null;
        var count = (int)Math.Min(position - First + 1, _places.Length);
        var mark = Math.Min(count / Stride, _marks.Length - 1);
        var vector = _marks[mark].Copy();
        for (var i = mark * Stride; i < count; i++)
            vector.Raise(_places[i].Life, _places[i].Number);
        return vector;
    }
}
