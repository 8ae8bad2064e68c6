namespace Akka.ClusterAdapter.Testing;

/// <summary>
/// What a test has waited for did not come in time. The message lists what came instead, and what the server has logged when it runs in this process.
/// </summary>
public sealed class EventTimeoutException : TimeoutException
{
    internal EventTimeoutException(string message)
        : base(message)
    {
    }
}
