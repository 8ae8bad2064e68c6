using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine;

/// <summary>An Engine.IO v4 server: answers the requests of one path and keeps their sessions.</summary>
public sealed class EngineServer : IAsyncDisposable
{
    /// <summary>A server that hands its sessions to <paramref name="handler"/>.</summary>
    public EngineServer(EngineOptions options, IEngineHandler handler, TimeProvider time, ILoggerFactory loggers)
    {
        _ = (options, handler, time, loggers);
    }

    /// <summary>Open sessions on this worker.</summary>
    public int SessionCount { get; }

    /// <summary>Answers one request under the server's path: a poll, a POST, or a WebSocket for as long as it lives.</summary>
    public Task HandleAsync(HttpContext context) => throw new NotSupportedException();

    /// <summary>Closes every session at once, discarding what is queued, and refuses new ones.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
