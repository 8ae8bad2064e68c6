using System.Net;
using System.Net.Sockets;
using Akka.ClusterAdapter.Engine.Limits;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// How much looking for lost sessions one client address may cause in vain: each failure is paid for, and who owes begins anew at once. Restored
/// sessions cost nothing, so that all clients behind one proxy may come back at the same moment. IPv6 addresses count by their first 64 bits.
/// </summary>
internal sealed class RecoveryBudget(TimeProvider time)
{
    private const int PerSecond = 100;
    private const int Burst = 1_000;
    private const int Most = 4_096;
    private const int VisitedPerToken = 64;
    private const int MostAsking = 512;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, TokenBucket> _debtors = [];

    /// <summary>False for an address that owes. Connections without address, Unix sockets, are not limited.</summary>
    public bool MayAsk(string address)
    {
        if (KeyOf(address) is not { } key)
            return true;
        lock (_gate)
            return !_debtors.TryGetValue(key, out var owing) || owing.Spend(0) == TimeSpan.Zero;
    }

    /// <summary>At most so many look for a session at other workers at a time: the others wait.</summary>
    public SemaphoreSlim Asking { get; } = new(MostAsking);

    /// <summary>A session was looked for in vain.</summary>
    /// <param name="address">The client's.</param>
    /// <param name="visited">Recorded packets that were looked at.</param>
    public void Failed(string address, long visited) => Spend(address, 1 + (visited / VisitedPerToken));

    /// <summary>Something was looked for.</summary>
    /// <param name="address">The client's.</param>
    /// <param name="cost">What it takes.</param>
    public void Spend(string address, long cost)
    {
        if (cost == 0 || KeyOf(address) is not { } key)
            return;
        lock (_gate)
            FindOrAdd(key).Spend(cost);
    }

    private TokenBucket FindOrAdd(IPAddress key)
    {
        if (_debtors.TryGetValue(key, out var found))
            return found;
        if (_debtors.Count >= Most)
            Sweep();
        if (_debtors.Count >= Most)
            _debtors.Clear(); // one search is cheap enough; whoever has so many addresses must not keep others from theirs
        return _debtors[key] = new(PerSecond, Burst, time);
    }

    private void Sweep()
    {
        foreach (var (key, bucket) in _debtors)
        {
            if (bucket.IsFull)
                _debtors.Remove(key);
        }
    }

    private static IPAddress? KeyOf(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
            return null;
        if (parsed.IsIPv4MappedToIPv6)
            return parsed.MapToIPv4();
        if (parsed.AddressFamily != AddressFamily.InterNetworkV6)
            return parsed;
        Span<byte> bytes = stackalloc byte[16];
        parsed.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
