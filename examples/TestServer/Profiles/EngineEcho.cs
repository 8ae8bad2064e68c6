using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Engine;

namespace TestServer.Profiles;

/// <summary>A bare Engine.IO server that sends every message back to its sender.</summary>
internal sealed class EngineEcho : IEngineHandler
{
    public void Opened(EngineSocket socket)
    {
    }

    public void Message(EngineSocket socket, ReadOnlyMemory<byte> message, bool isBinary) =>
        socket.TrySend(isBinary ? EngineMessage.Binary(message.Span) : EngineMessage.Text(message.Span));

    public void Closed(EngineSocket socket, CloseReason reason)
    {
    }
}
