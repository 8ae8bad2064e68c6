using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>
/// The time of one request of the engine's, during which its connection writes straight to its socket, where that is possible (docs/decisions/0023).
/// </summary>
internal readonly struct DirectWriting : IDisposable
{
    private readonly SocketWriter? _writer;

    private DirectWriting(SocketWriter writer) => _writer = writer;

    /// <summary>The request begins; nothing of its answer was written. With TLS or HTTP/2 there is something between it and the socket.</summary>
    public static DirectWriting Begin(HttpContext context) =>
        context.Features.Get<IConnectionTransportFeature>()?.Transport.Output is SocketWriter writer
        && HttpProtocol.IsHttp11(context.Request.Protocol) && writer.TryBegin()
            ? new(writer)
            : default;

    /// <summary>The request ends.</summary>
    public void Dispose() => _writer?.End();
}
