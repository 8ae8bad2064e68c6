namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Objects by name, for as long as somebody else holds them. Entries whose object is gone are removed when there are twice as many as were left the
/// last time, so that a name costs nothing in the end, whoever makes new ones. Not thread-safe.
/// </summary>
internal sealed class WeakTable<T>
    where T : class
{
    private const int Least = 256;

    private readonly Dictionary<string, WeakReference<T>> _entries = new(StringComparer.Ordinal);
    private int _sweepAt = Least;

    /// <summary>Entries, those included whose object is gone.</summary>
    public int Count => _entries.Count;

    /// <summary>Those that somebody holds.</summary>
    public IReadOnlyList<T> Values
    {
        get
        {
            var values = new List<T>();
            foreach (var entry in _entries.Values)
            {
                if (entry.TryGetTarget(out var value))
                    values.Add(value);
            }

            return values;
        }
    }

    /// <summary>Keeps an object under its name; the one that was there is forgotten.</summary>
    public void Set(string name, T value)
    {
        if (_entries.Count >= _sweepAt)
            Sweep();
        _entries[name] = new(value);
    }

    /// <summary>The object of that name; null when nobody holds it.</summary>
    public T? Find(string name) => _entries.TryGetValue(name, out var entry) && entry.TryGetTarget(out var value) ? value : null;

    public void Remove(string name) => _entries.Remove(name);

    private void Sweep()
    {
        foreach (var (name, entry) in _entries)
        {
            if (!entry.TryGetTarget(out _))
                _entries.Remove(name);
        }

        _sweepAt = Math.Max(Least, 2 * _entries.Count);
    }
}
