namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// How far somebody is with the broadcasts of each worker: the number of the last one, by life (<see cref="LogPlace"/>). Unlike a position in one
/// worker's log it means the same everywhere. Not thread-safe.
/// </summary>
internal sealed class LogVector
{
    private readonly Dictionary<long, long> _last;

    public LogVector() => _last = [];

    private LogVector(Dictionary<long, long> last) => _last = last;

    public int Count => _last.Count;

    public bool IsEmpty => _last.Count == 0;

    public IEnumerable<KeyValuePair<long, long>> All => _last;

    /// <summary>The number of the last one of a life; 0 for none.</summary>
    public long Of(long life) => _last.GetValueOrDefault(life);

    /// <summary>Whether it says anything of a life: 0 may be said as well.</summary>
    public bool Knows(long life) => _last.ContainsKey(life);

    /// <summary>Whether it is behind this place or at it.</summary>
    public bool Has(LogPlace place) => !place.IsNone && place.Number <= Of(place.Life);

    /// <summary>At least as far as this.</summary>
    public void Raise(long life, long number)
    {
        if (life != 0 && (number > Of(life) || !Knows(life)))
            _last[life] = number;
    }

    /// <summary>At least as far as another one.</summary>
    public void Raise(LogVector? other)
    {
        foreach (var (life, number) in other?._last ?? [])
            Raise(life, number);
    }

    public bool Remove(long life) => _last.Remove(life);

    public LogVector Copy() => new(new Dictionary<long, long>(_last));
}
