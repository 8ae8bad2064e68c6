using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Akka.ClusterAdapter.Admin;

/// <summary>
/// Who has logged in by password, on any worker. What is kept, and what crosses between workers, is a hash of the session's id with the password's hash:
/// nobody can make the id of it, and with another password there are other sessions. Thread-safe.
/// </summary>
internal sealed class AdminSessions(TimeProvider time, TimeSpan lifetime, string secret)
{
    /// <summary>Most sessions that are known; the one that ends first goes for a new one.</summary>
    public const int Most = 1_000;

    private const int IdBytes = 32;
    private const int LongestId = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _ends = new(StringComparer.Ordinal);

    /// <summary>How many are known.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _ends.Count;
        }
    }

    /// <summary>A new session: its id, which only its page gets, and the key by which workers know it.</summary>
    public (string Id, string Key) Create()
    {
        var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes));
        var key = KeyOf(id)!;
        Learn(key, lifetime);
        return (id, key);
    }

    /// <summary>By what a session is known; null for what cannot be an id.</summary>
    public string? KeyOf(string id)
    {
        if (id.Length is 0 or > LongestId)
            return null;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{secret}\n{id}")));
    }

    /// <summary>How long a session lasts yet; zero when it is not known.</summary>
    public TimeSpan RestOf(string key)
    {
        lock (_gate)
            return _ends.TryGetValue(key, out var end) && end - time.GetUtcNow() is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;
    }

    /// <summary>Another worker, or this one, has let somebody in.</summary>
    public void Learn(string key, TimeSpan rest)
    {
        if (rest <= TimeSpan.Zero || key.Length != 2 * SHA256.HashSizeInBytes)
            return;
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (_ends.Count >= Most && !_ends.ContainsKey(key))
                MakeRoom(now);
            _ends[key] = now + (rest < lifetime ? rest : lifetime);
        }
    }

    // Under the lock.
    private void MakeRoom(DateTimeOffset now)
    {
        foreach (var (key, end) in _ends)
        {
            if (end <= now)
                _ends.Remove(key);
        }

        if (_ends.Count >= Most)
            _ends.Remove(_ends.MinBy(static session => session.Value).Key);
    }
}
