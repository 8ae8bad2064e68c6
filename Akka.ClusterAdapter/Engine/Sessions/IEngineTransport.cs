namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>What carries a session's packets.</summary>
internal interface IEngineTransport
{
    /// <summary>Its name in queries.</summary>
    string Name { get; }

    /// <summary>Whether a batch could be handed over now. Called under the session's lock.</summary>
    bool IsReady { get; }

    /// <summary>Whether what is written follows one upon the other, so that a reader may find two messages in one read.</summary>
    bool IsStream => true;

    /// <summary>Whether what it writes goes straight to the kernel, or to a request that waits: nobody else's code runs, and nothing is computed.</summary>
    bool IsDirect => false;

    /// <summary>Takes the batch at once, when that needs no waiting; false asks for <see cref="WriteAsync"/>. Called under the session's lock.</summary>
    bool TryTake(List<OutboundPacket> batch);

    /// <summary>Writes the batch; completes when it was flushed, with false when the connection is gone. Never throws, never called twice at once.</summary>
    ValueTask<bool> WriteAsync(List<OutboundPacket> batch);

    /// <summary>The session is over. Called outside its lock, on the thread that ends it.</summary>
    void SessionEnded()
    {
    }
}
