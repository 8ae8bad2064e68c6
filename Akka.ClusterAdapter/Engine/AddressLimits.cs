using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Engine;

/// <summary>Sessions and handshakes of each client address. IPv6 addresses count by their first 64 bits: a single machine has all the others.</summary>
internal sealed class AddressLimits
{
    private const int SweepFrom = 1_024;

    private readonly EngineOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, Visitor> _visitors = [];
    private int _sweepAt = SweepFrom;

    private AddressLimits(EngineOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
    }

    /// <summary>Addresses that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _visitors.Count;
        }
    }

    /// <summary>Null when the options set no limit.</summary>
    public static AddressLimits? Of(EngineOptions options, TimeProvider time) =>
        options.MaxSessionsPerAddress == 0 && options.MaxHandshakesPerSecond == 0 ? null : new(options, time);

    /// <summary>Takes a place for a session; null when it has one, or the reason why not. Connections without address, Unix sockets, are not limited.</summary>
    public string? TryEnter(IPAddress? address)
    {
        if (KeyOf(address) is not { } key)
            return null;
        lock (_gate)
        {
            Sweep();
            ref var visitor = ref CollectionsMarshal.GetValueRefOrAddDefault(_visitors, key, out _);
            visitor ??= new(_options.MaxHandshakesPerSecond == 0
                ? null
                : new(_options.MaxHandshakesPerSecond, Math.Max(_options.MaxHandshakesPerSecond, _options.MaxHandshakeBurst), _time));
            if (visitor.Handshakes?.TryTake() == false)
                return "address-handshakes";
            if (_options.MaxSessionsPerAddress > 0 && visitor.Sessions >= _options.MaxSessionsPerAddress)
                return "address-sessions";
            visitor.Sessions++;
            return null;
        }
    }

    /// <summary>Gives back a place that was taken.</summary>
    public void Leave(IPAddress? address)
    {
        if (KeyOf(address) is not { } key)
            return;
        lock (_gate)
        {
            if (_visitors.TryGetValue(key, out var visitor) && --visitor.Sessions == 0 && visitor.IsForgettable)
                _visitors.Remove(key);
        }
    }

    private static UInt128? KeyOf(IPAddress? address)
    {
        if (address is null)
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            bytes[8..].Clear();
        else
            bytes[15] = 4;
        return MemoryMarshal.Read<UInt128>(bytes);
    }

    /// <summary>Those who knocked and have nothing to answer for any more are forgotten whenever the table has doubled.</summary>
    private void Sweep()
    {
        if (_visitors.Count < _sweepAt)
            return;
        foreach (var (key, visitor) in _visitors)
        {
            if (visitor is { Sessions: 0, IsForgettable: true })
                _visitors.Remove(key);
        }

        _sweepAt = Math.Max(SweepFrom, _visitors.Count * 2);
    }

    private sealed class Visitor(TokenBucket? handshakes)
    {
        public int Sessions { get; set; }

        public TokenBucket? Handshakes => handshakes;

        public bool IsForgettable => handshakes?.IsFull ?? true;
    }
}
