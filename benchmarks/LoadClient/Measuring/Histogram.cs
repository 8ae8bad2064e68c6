namespace LoadClient.Measuring;

/// <summary>Times in microseconds, log-linear: less than 0.8 % error, no allocation.</summary>
internal sealed class Histogram
{
    private const int Linear = 256;
    private const int PerOctave = 128;

    private readonly long[] _counts = new long[PerOctave * 34];
    private double _sum;

    internal long Count { get; private set; }

    internal double? Max { get; private set; }

    internal double? Mean => Count == 0 ? null : _sum / Count;

    internal void Add(double milliseconds)
    {
        Count++;
        _sum += milliseconds;
        if (!(milliseconds <= Max))
            Max = milliseconds;
        var microseconds = (uint)Math.Clamp(milliseconds * 1000, 0, int.MaxValue);
        // microseconds >> octave is in [128, 255]
        var octave = microseconds < Linear ? 0 : 31 - System.Numerics.BitOperations.LeadingZeroCount(microseconds) - 7;
        _counts[microseconds < Linear ? microseconds : (PerOctave * octave) + (microseconds >> octave)]++;
    }

    /// <summary>The time, in milliseconds, that the given share of all is not above; null when there is none.</summary>
    internal double? Quantile(double share)
    {
        var wanted = (long)Math.Ceiling(share * Count);
        long seen = 0;
        for (var i = 0; i < _counts.Length && Count > 0; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
                return Middle(i) / 1000;
        }
        return null;
    }

    internal void Reset()
    {
        Array.Clear(_counts);
        (Count, _sum, Max) = (0, 0, null);
    }

    private static double Middle(int index)
    {
        if (index < Linear)
            return index;
        var octave = (index / PerOctave) - 1;
        return (index - (PerOctave * octave) + 0.5) * Math.Pow(2, octave);
    }
}
