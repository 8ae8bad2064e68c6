namespace Akka.ClusterAdapter.Server;

/// <summary>
/// How long running event handlers keep a server that stops from closing their client: one that owes its client an answer for three quarters of the
/// drain, any other for half of it, for it may be one that goes on until its client leaves.
/// </summary>
/// <param name="time">The server's clock.</param>
/// <param name="limit">How long the drain may take.</param>
internal sealed class DrainDeadlines(TimeProvider time, TimeSpan limit)
{
    private readonly long _start = time.GetTimestamp();

    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    public bool WaitsForAnswers => Elapsed < limit * 0.75;

    public bool WaitsForHandlers => Elapsed < limit / 2;
}
