using Akka.ClusterAdapter.Faults.Soak.Histories;

namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>All clients of one round.</summary>
internal sealed class Crowd(SoakHistory history, Tally tally)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly List<SoakClient> _clients = [];

    public int Joined => _clients.Count(static client => client.IsJoined);

    public int Count => _clients.Count;

    /// <summary>They come one after the other, and are there when this returns.</summary>
    /// <param name="count">How many.</param>
    /// <param name="perSecond">How fast they come.</param>
    /// <param name="script">Habits of each, by its number.</param>
    public async Task GatherAsync(int count, double perSecond, Func<int, ClientScript> script)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / perSecond), TimeProvider.System);
        for (var i = 0; i < count; i++)
        {
            _clients.Add(new SoakClient(history, tally, script(i)));
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>So many of those who are there, by chance.</summary>
    public SoakClient[] Some(int percent, Random random)
    {
        var joined = _clients.Where(static client => client.IsJoined).ToArray();
        random.Shuffle(joined);
        return joined[..(joined.Length * percent / 100)];
    }

    /// <summary>Nobody leaves any more; true when all are there.</summary>
    public async Task<bool> CalmAsync(TimeSpan limit)
    {
        foreach (var client in _clients)
            client.CalmDown();
        return await UntilAsync(() => Joined == Count, limit);
    }

    /// <summary>Nobody has anything said any more: what is said while one judges has not reached everybody.</summary>
    public async Task SilenceAsync(TimeSpan limit)
    {
        foreach (var client in _clients)
            client.FallSilent();
        await UntilAsync(() => !_clients.Exists(static client => client.IsSpeaking), limit);
    }

    /// <summary>True when everybody has got what the living have sent.</summary>
    public Task<bool> SettleAsync(Func<string, bool> isAlive, TimeSpan limit) =>
        UntilAsync(() => _clients.All(client => client.Session is { } session && history.Owed(session, isAlive) == 0), limit);

    /// <summary>Those who are not there, or miss something.</summary>
    public IEnumerable<string> Behind(Func<string, bool> isAlive) => _clients
        .Where(client => client.Session is not { } session || history.Owed(session, isAlive) > 0)
        .Select(client => $"{client.Name}: {client.Session?.ToString() ?? "not there"}");

    /// <summary>All leave.</summary>
    public async Task LeaveAsync()
    {
        await Task.WhenAll(_clients.Select(static client => client.LeaveAsync()));
        _clients.Clear();
    }

    private static async Task<bool> UntilAsync(Func<bool> condition, TimeSpan limit)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
                return false;
            await Task.Delay(Poll, TimeProvider.System);
        }

        return true;
    }
}
