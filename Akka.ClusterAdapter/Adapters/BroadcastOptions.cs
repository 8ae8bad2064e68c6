using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>Whom a packet is for and how it is to travel. Immutable; a socket in several of the rooms is selected once.</summary>
[Experimental(AdapterContract.Id)]
public sealed record BroadcastOptions
{
    /// <summary>Everybody in the namespace, on every worker.</summary>
    public static BroadcastOptions All { get; } = new();

    /// <summary>Rooms whose members are selected; empty selects the whole namespace. Rooms nobody is in select nobody.</summary>
    public ImmutableArray<string> Rooms { get; init; } = [];

    /// <summary>Rooms whose members are left out. A socket's id is a room of its own, so an id leaves out one socket.</summary>
    public ImmutableArray<string> Except { get; init; } = [];

    /// <summary>True keeps the packet on this worker.</summary>
    public bool IsLocal { get; init; }

    /// <summary>True drops the packet for each client that cannot take it at once.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>False keeps HTTP compression off for this packet. Default true.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Where the packet stands in the record of this worker's <see cref="SessionStore"/>; null when it is not recorded.</summary>
    internal string? Offset { get; init; }

    /// <summary>By what the records of other workers know the packet; none when it is not recorded, or on this worker only.</summary>
    internal LogPlace Place { get; init; }

    /// <summary>How long answers are waited for; null is the default of the operation. At most a day.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or longer than a day.</exception>
    public TimeSpan? Timeout { get; init => field = AnswerTime.Check(value); }

    /// <summary>The members of these rooms as well.</summary>
    internal BroadcastOptions To(ReadOnlySpan<string> rooms) => this with { Rooms = Union(Rooms, rooms) };

    /// <summary>Without the members of these rooms.</summary>
    internal BroadcastOptions Without(ReadOnlySpan<string> rooms) => this with { Except = Union(Except, rooms) };

    private static ImmutableArray<string> Union(ImmutableArray<string> have, ReadOnlySpan<string> more)
    {
        foreach (var room in more)
        {
            ArgumentNullException.ThrowIfNull(room);
            if (!have.Contains(room, StringComparer.Ordinal))
                have = have.Add(room);
        }

        return have;
    }
}
