using System.Runtime.CompilerServices;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>How long answers may be waited for: checked where it is given, before anything is sent.</summary>
internal static class AnswerTime
{
    /// <summary>Nothing waits longer: a day.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>The time itself; null stands for a default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or longer than a day.</exception>
    public static TimeSpan? Check(TimeSpan? timeout, [CallerArgumentExpression(nameof(timeout))] string? name = null)
    {
        if (timeout is { } time)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(time, Longest, name);
        }

        return timeout;
    }
}

/// <summary>Names of rooms as callers give them.</summary>
internal static class RoomNames
{
    /// <exception cref="ArgumentNullException">There is no list, or a name in it is null.</exception>
    public static void Check(IReadOnlyList<string> rooms, [CallerArgumentExpression(nameof(rooms))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(rooms, name);
        for (var i = 0; i < rooms.Count; i++)
            ArgumentNullException.ThrowIfNull(rooms[i], name);
    }
}
