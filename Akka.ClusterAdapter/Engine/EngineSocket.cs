namespace Akka.ClusterAdapter.Engine;

/// <summary>One Engine.IO session: a logical client connection with exactly one current transport.</summary>
public sealed class EngineSocket
{
    internal EngineSocket(string id, EngineRequest request)
    {
        Id = id;
        Request = request;
    }

    /// <summary>Session id: 20 url-safe characters. A bearer secret, never shown to other clients.</summary>
    public string Id { get; }

    /// <summary>The session's first request.</summary>
    public EngineRequest Request { get; }

    /// <summary>Current transport: <c>polling</c> or <c>websocket</c>.</summary>
    public string TransportName => throw new NotSupportedException();

    /// <summary>False from the moment the session begins to close.</summary>
    public bool IsOpen => throw new NotSupportedException();

    /// <summary>True when a message sent now would leave at once: a pending poll, or a WebSocket whose previous batch was flushed.</summary>
    public bool IsWritable => throw new NotSupportedException();

    /// <summary>A place for the handler's own object.</summary>
    public object? State { get; set; }

    /// <summary>Queues a message without waiting; messages leave in call order.</summary>
    /// <param name="message">The message, shared by all sessions it is sent to.</param>
    /// <param name="isVolatile">Drop it (returning false) unless <see cref="IsWritable"/>.</param>
    /// <param name="compress">False keeps HTTP compression off for the polling payload, unless another packet in it wants it.</param>
    /// <returns>False when the message was dropped: session closed, volatile and not writable, or the outbound queue is full (which also closes the session as <see cref="CloseReason.TransportError"/>).</returns>
    public bool TrySend(EngineMessage message, bool isVolatile = false, bool compress = true) => throw new NotSupportedException();

    /// <summary>Closes the session: what is queued is still sent, unless <paramref name="discard"/>.</summary>
    public void Close(bool discard = false) => throw new NotSupportedException();
}
