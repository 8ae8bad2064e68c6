namespace Akka.ClusterAdapter.Primary;

/// <summary>Why the primary cannot start or go on, in one line for the person at the terminal.</summary>
internal sealed class PrimaryException(string message, Exception? inner = null) : Exception(message, inner);
