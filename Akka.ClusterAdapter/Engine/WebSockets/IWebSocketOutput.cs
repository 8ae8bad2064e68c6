using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>Everything a WebSocket sends, one writer at a time. No method throws; false means that the connection is gone.</summary>
internal interface IWebSocketOutput
{
    /// <summary>Whether what is written goes straight to the kernel.</summary>
    bool IsDirect => false;

    /// <summary>Writes the frames of a batch and flushes.</summary>
    ValueTask<bool> WriteAsync(List<OutboundPacket> batch);

    /// <summary>Writes one frame and flushes. Nothing is written after a close frame.</summary>
    ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> frame);

    /// <summary>Waits for the writer at work and lets nobody write any more.</summary>
    ValueTask EndAsync();
}
