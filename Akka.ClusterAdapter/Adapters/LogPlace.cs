namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Where a broadcast stands among those of one namespace of one worker: every log that holds it knows it by this. Numbers begin with 1 and have no gap.
/// </summary>
/// <param name="Life">Which adapter of which worker sent it, a random number; 0 for what is in one log only.</param>
/// <param name="Number">Its number there.</param>
internal readonly record struct LogPlace(long Life, long Number)
{
    /// <summary>Bytes of it between workers, at most.</summary>
    public const int MostBytes = 20;

    /// <summary>No place: in one log only.</summary>
    public static LogPlace None => default;

    public bool IsNone => Life == 0;
}
