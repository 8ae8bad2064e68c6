using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>
/// How far this member is in namespaces that were emptied here. What it has sent there may be on its way to somebody still, their adapters may go on
/// sending, and nobody else knows them: who asks must not be told that nothing was sent. For any thread.
/// </summary>
/// <param name="time">Clock of what was sent when.</param>
internal sealed class FormerNumbers(TimeProvider time)
{
    /// <summary>Nothing is on its way for longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Most namespaces.</summary>
    public const int MostNamespaces = 10_000;

    private const int Least = 256;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (LogPlace Place, long At)> _last = new(StringComparer.Ordinal);
    private int _sweepAt = Least;
    private long? _sweptAt;
    private long? _lackedAt;

    /// <summary>Namespaces, those included that are too old.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _last.Count;
        }
    }

    /// <summary>True when there were too many of late: of one that is not known here nobody can say that nothing was sent.</summary>
    public bool HasLacks
    {
        get
        {
            lock (_gate)
                return _lackedAt is { } at && !IsOld(at);
        }
    }

    /// <summary>This was sent last in a namespace that is emptied.</summary>
    /// <param name="namespace">Its name between workers.</param>
    /// <param name="place">The place of what was sent.</param>
    /// <param name="age">How long ago that was.</param>
    public void Keep(string @namespace, LogPlace place, TimeSpan age)
    {
        lock (_gate)
        {
            if (_last.Count >= _sweepAt && (_sweptAt is not { } swept || time.GetElapsedTime(swept) > Pause))
                Sweep();
            if (age >= Longest || IsKnown(@namespace, place))
                return;
            if (_last.Count >= MostNamespaces && !_last.ContainsKey(@namespace))
                _lackedAt = time.GetTimestamp();
            else
                _last[@namespace] = (place, time.GetTimestamp() - (long)(age.TotalSeconds * time.TimestampFrequency));
        }
    }

    /// <summary>Tells how far this member is in a namespace.</summary>
    /// <param name="namespace">Its name between workers.</param>
    /// <param name="send">Takes it, and how long ago that was. Must not block.</param>
    /// <returns>False when it is none of these.</returns>
    public bool Announce(string @namespace, Action<LogPlace, TimeSpan> send)
    {
        lock (_gate)
        {
            if (!_last.TryGetValue(@namespace, out var last) || IsOld(last.At))
                return false;
            send(last.Place, time.GetElapsedTime(last.At));
            return true;
        }
    }

    /// <summary>A namespace is there again: it tells by itself.</summary>
    /// <param name="namespace">Its name between workers.</param>
    /// <param name="life">Whose numbers.</param>
    public void Forget(string @namespace, long life)
    {
        lock (_gate)
        {
            if (_last.TryGetValue(@namespace, out var last) && last.Place.Life == life)
                _last.Remove(@namespace);
        }
    }

    // Two threads may tell in another order than they sent.
    private bool IsKnown(string @namespace, LogPlace place) =>
        _last.TryGetValue(@namespace, out var known) && known.Place.Life == place.Life && known.Place.Number >= place.Number;

    private bool IsOld(long at) => time.GetElapsedTime(at) > Longest;

    private void Sweep()
    {
        foreach (var (name, last) in _last)
        {
            if (IsOld(last.At))
                _last.Remove(name);
        }

        (_sweepAt, _sweptAt) = (Math.Clamp(2 * _last.Count, Least, MostNamespaces), time.GetTimestamp());
    }
}
