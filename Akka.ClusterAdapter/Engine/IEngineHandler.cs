using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine;

/// <summary>
/// What sits on top of an Engine.IO server. Calls for one session come one after the other, in order; none may block.
/// An exception thrown here is logged and never ends the session.
/// </summary>
public interface IEngineHandler
{
    /// <summary>
    /// Asked before each handshake: completes with true when this worker may take new sessions, with false to answer 503 with <c>Retry-After</c>. Without an
    /// implementation: always.
    /// </summary>
    /// <param name="ct">The client hung up.</param>
    ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct) => new(true);

    /// <summary>A session was opened; sending is possible from now on.</summary>
    void Opened(EngineSocket socket);

    /// <summary>A message arrived.</summary>
    /// <param name="socket">The session.</param>
    /// <param name="message">Its bytes, valid during the call only. Text is valid UTF-8.</param>
    /// <param name="isBinary">True for a binary message.</param>
    void Message(EngineSocket socket, ReadOnlyMemory<byte> message, bool isBinary);

    /// <summary>The session ended; called once per opened session, after its last message. Nothing can be sent to it any more.</summary>
    /// <param name="socket">The session.</param>
    /// <param name="reason">Why.</param>
    void Closed(EngineSocket socket, CloseReason reason);
}
