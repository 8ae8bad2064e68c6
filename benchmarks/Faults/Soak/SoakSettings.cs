using System.Globalization;
using Akka.ClusterAdapter.Faults.Soak.Planning;

namespace Akka.ClusterAdapter.Faults.Soak;

/// <summary>How long, how many, and which faults.</summary>
internal sealed record SoakSettings
{
    /// <summary>Length of the whole run, about.</summary>
    public required TimeSpan Length { get; init; }

    public required int Seed { get; init; }

    public int Clients { get; init; } = 300;

    /// <summary>Messages that each speaker says a second; there are three in each worker and in the emitter.</summary>
    public double Rate { get; init; } = 5;

    /// <summary>
    /// How long a member may be silent before the others call it unreachable. The HOCON files have 5 s; a machine that others use too needs more.
    /// </summary>
    public TimeSpan HeartbeatPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a client may be away and is recovered. As long as a quiet phase takes at least.</summary>
    public TimeSpan Away { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether a round without faults comes first, so that there is something to compare with.</summary>
    public bool HasBase { get; init; } = true;

    /// <summary>Kinds of fault; null for all.</summary>
    public IReadOnlyCollection<FaultKind>? Only { get; init; }

    /// <summary>A short run has one round and is quiet for less long.</summary>
    public int Rounds => Math.Max(1, (int)Math.Round((Length.TotalSeconds - 45) / 150));

    /// <summary>For how long faults come in each round: the rest is for start, gathering and quiet.</summary>
    public TimeSpan Faults => TimeSpan.FromSeconds(Math.Max(10, ((Length.TotalSeconds - 45) / Rounds) - 50));

    /// <param name="args">Minutes, seed, clients, kinds of fault.</param>
    public static SoakSettings Parse(string[] args) => new()
    {
        Length = TimeSpan.FromMinutes(double.Parse(args.ElementAtOrDefault(0) ?? "3", CultureInfo.InvariantCulture)),
        Seed = int.Parse(args.ElementAtOrDefault(1) is { Length: > 0 } seed ? seed : "1", CultureInfo.InvariantCulture),
        Clients = int.Parse(args.ElementAtOrDefault(2) is { Length: > 0 } clients ? clients : "300", CultureInfo.InvariantCulture),
        HeartbeatPause = TimeSpan.FromSeconds(
            double.Parse(Environment.GetEnvironmentVariable("SOAK_PAUSE") is { Length: > 0 } pause ? pause : "5", CultureInfo.InvariantCulture)),
        Only = args.ElementAtOrDefault(3) is { Length: > 0 } only ? [.. only.Split(',').Select(Enum.Parse<FaultKind>)] : null,
    };
}
