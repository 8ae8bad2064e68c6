namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Bytes of a client that are not a valid packet, or are over a limit. When it is thrown the connection that sent them is closed; as a
/// <see cref="Packet.Refusal"/> it costs the one packet.
/// </summary>
/// <param name="message">What is wrong with them; safe to log, never contains payload.</param>
/// <param name="innerException">The parser's own exception, when there is one.</param>
public sealed class ProtocolException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>
    /// Label under which it is counted: <c>undecodable</c> (the default) for what is no packet at all, otherwise the limit it is over, such as
    /// <c>too-many-attachments</c>.
    /// A parser of one's own uses few labels, and never a client's text.
    /// </summary>
    public string Reason { get; init; } = "undecodable";
}
