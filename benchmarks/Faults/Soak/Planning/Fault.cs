using System.Globalization;

namespace Akka.ClusterAdapter.Faults.Soak.Planning;

/// <summary>What is done to the cluster and its clients.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 of a worker.</summary>
    Kill,

    /// <summary>A worker stands still for a while: SIGSTOP.</summary>
    Freeze,

    /// <summary>A worker is told to stop, and another one takes its place.</summary>
    Restart,

    /// <summary>All workers are replaced, one after the other.</summary>
    Reload,

    /// <summary>All members get new certificates, one after the other.</summary>
    Rotate,

    /// <summary>A worker comes.</summary>
    ScaleUp,

    /// <summary>A worker goes.</summary>
    ScaleDown,

    /// <summary>Nothing passes between two workers for a while; then everything does.</summary>
    Cut,

    /// <summary>Nothing passes between a worker and all others.</summary>
    Isolate,

    /// <summary>The connections between two workers are reset, again and again.</summary>
    Lossy,

    /// <summary>What passes between a worker and the others is late.</summary>
    Slow,

    /// <summary>kill -9 of the gateway.</summary>
    KillGateway,

    /// <summary>kill -9 of the emitter.</summary>
    KillEmitter,

    /// <summary>nginx reads its configuration anew.</summary>
    ReloadFront,

    /// <summary>A worker is started anew with a log that cannot be written.</summary>
    FullLog,

    /// <summary>Some clients lose their network for a moment.</summary>
    DropClients,

    /// <summary>Some clients read nothing for a while.</summary>
    StopReading,

    /// <summary>Some clients close one half of their connections.</summary>
    HalfClose,

    /// <summary>Requests that stop in the middle.</summary>
    StallRequests,

    /// <summary>Strangers at the cluster's ports.</summary>
    Knock,
}

/// <summary>One fault.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Worker">To which worker, by its place among those that run.</param>
/// <param name="Other">To which other one.</param>
/// <param name="Duration">For how long, where that matters.</param>
/// <param name="Amount">How many, or how many of a hundred.</param>
internal sealed record Fault(FaultKind Kind, int Worker, int Other, TimeSpan Duration, int Amount)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind} worker {Worker} other {Other} {Duration.TotalSeconds:0.0} s amount {Amount}");
}

/// <summary>Faults at the same time, some time after what was before is over.</summary>
internal sealed record Step(TimeSpan Pause, IReadOnlyList<Fault> Faults)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"after {Pause.TotalSeconds:0.0} s {string.Join(" with ", Faults)}");
}
