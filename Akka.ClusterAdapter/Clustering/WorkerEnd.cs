namespace Akka.ClusterAdapter.Server;

/// <summary>How a worker's membership of the cluster ended.</summary>
/// <param name="IsFailure">True when the others gave it up (downed, quarantined): the process should stop with an exit code other than 0, so that a new
/// one is started.</param>
/// <param name="Reason">One sentence for the log.</param>
public sealed record WorkerEnd(bool IsFailure, string Reason);
