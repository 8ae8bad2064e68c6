using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Engine.Limits;

/// <summary>All that come from one address. IPv6 addresses count by their first 64 bits: a single machine has all the others.</summary>
/// <param name="number">Tells it from others that have as many unsettled sessions.</param>
/// <param name="handshakes">How often it may knock; null without a limit.</param>
internal sealed class Visitor(long number, TokenBucket? handshakes) : IComparable<Visitor>
{
    public int Sessions { get; set; }

    /// <summary>Places of those that have joined nothing, oldest first. Changes its order: take it out of sorted sets before.</summary>
    public LinkedList<Place> Unsettled { get; } = [];

    public TokenBucket? Handshakes => handshakes;

    /// <summary>Whether a new one would be no different.</summary>
    public bool IsForgettable => handshakes?.IsFull ?? true;

    public int CompareTo(Visitor? other) => (Unsettled.Count, Number).CompareTo((other!.Unsettled.Count, other.Number));

    private long Number => number;

    /// <summary>What counts as one address. Connections without any, over Unix sockets, count as one.</summary>
    public static UInt128 KeyOf(IPAddress? address)
    {
        if (address is null)
            return UInt128.MaxValue;
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
}
