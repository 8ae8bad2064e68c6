using System.Runtime.CompilerServices;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Where the arguments lie in a body. The first few are held in place: most packets need no array.</summary>
internal struct ArgumentRanges
{
    private const int InPlace = 4;

    private First _first;
    private ArgumentRange[]? _more;

    public int Count { get; private set; }

    public void Add(int start, int end)
    {
        var range = new ArgumentRange(start, end - start);
        if (Count < InPlace)
            _first[Count] = range;
        else
            AddMore(range);
        Count++;
    }

    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    public readonly ArgumentRange Get(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return index < InPlace ? _first[index] : _more![index - InPlace];
    }

    private void AddMore(ArgumentRange range)
    {
        var at = Count - InPlace;
        if (_more is null)
            _more = new ArgumentRange[InPlace];
        else if (at == _more.Length)
            Array.Resize(ref _more, 2 * at);
        _more[at] = range;
    }

    [InlineArray(InPlace)]
    private struct First
    {
        private ArgumentRange _element;
    }
}

/// <summary>Start and length in bytes.</summary>
internal readonly record struct ArgumentRange(int Start, int Length);
