namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Thrown by a middleware to refuse a connection (or by a packet middleware to refuse an event). The client sees message and data in its
/// <c>connect_error</c>. Thrown by <see cref="Handshake.GetString"/> and <see cref="Handshake.GetAuth{T}()"/> for an auth payload that is not as expected.
/// </summary>
/// <param name="message">What the client reads as <c>err.message</c>.</param>
/// <param name="data">What it reads as <c>err.data</c>; left out when null.</param>
public sealed class ConnectErrorException(string message, object? data = null) : Exception(message)
{
    /// <summary>Details for the client, serialised with the server's JSON options.</summary>
    public object? ErrorData { get; } = data;
}
