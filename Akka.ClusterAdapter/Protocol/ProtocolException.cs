namespace Akka.ClusterAdapter.Protocol;

/// <summary>Bytes of a client that are not a valid packet. The connection that sent them is closed.</summary>
/// <param name="message">What is wrong with them; safe to log, never contains payload.</param>
/// <param name="innerException">The parser's own exception, when there is one.</param>
public sealed class ProtocolException(string message, Exception? innerException = null) : Exception(message, innerException);
