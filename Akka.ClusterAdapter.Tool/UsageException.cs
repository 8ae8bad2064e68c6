namespace Akka.ClusterAdapter.Tool;

/// <summary>What was asked cannot be done; the message says why and what to do.</summary>
internal sealed class UsageException(string message) : Exception(message);
