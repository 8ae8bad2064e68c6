namespace Akka.ClusterAdapter.Testing;

/// <summary>A client of a test has lost its place in the namespace, so that what was waited for cannot come any more.</summary>
public sealed class ClientDisconnectedException : Exception
{
    internal ClientDisconnectedException(string message, string reason)
        : base(message) => Reason = reason;

    /// <summary>Why, in the words of the official client, such as <c>io server disconnect</c>.</summary>
    public string Reason { get; }
}
