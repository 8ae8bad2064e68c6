using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>Bodies of POSTs, to an engine without a web server: answered 200 or 400, and the session goes on or ends, as it says.</summary>
internal sealed class PollingBodies : IEngineHandler, IAsyncDisposable
{
    private readonly EngineServer _engine;
    private string? _sid;

    private PollingBodies() =>
        _engine = new EngineServer(
            new EngineOptions { MaxHandshakesPerSecond = int.MaxValue, MaxPacketsPerSecond = int.MaxValue },
            this, TimeProvider.System, NullLoggerFactory.Instance);

    public static FuzzTarget Target()
    {
        var bodies = new PollingBodies();
        return new(
            "polling-bodies", [], Targets.Texts("\u001e", "4", "b", "=", "1", "2", "3", "5", "6", "0", "2probe", "\u00ff"), bodies.Run, static _ => false)
        {
            BaseBytes = 96 * 1024,
            BytesPerByte = 400,
        };
    }

    public void Opened(EngineSocket socket) => _sid = socket.Id;

    public void Message(EngineSocket socket, ReadOnlyMemory<byte> message, bool isBinary)
    {
        if (!isBinary)
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(message.Span);
    }

    public void Closed(EngineSocket socket, CloseReason reason) => _sid = null;

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private void Run(byte[] input)
    {
        if (_sid is null)
            Request("GET", "?EIO=4&transport=polling", null);
        var status = Request("POST", "?EIO=4&transport=polling&sid=" + _sid, input);
        if (status is not (200 or 400))
            throw new InvalidOperationException($"Answered {status}.");
        if (_engine.Counters.Keys.FirstOrDefault(key => key.StartsWith("failed.", StringComparison.Ordinal)) is { } failure)
            throw new InvalidOperationException($"{failure} is counted.");
    }

    private int Request(string method, string query, byte[]? body)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.QueryString) = (method, new QueryString(query));
        if (body is not null)
            (context.Request.Body, context.Request.ContentLength) = (new MemoryStream(body), body.Length);
        var handled = _engine.HandleAsync(context);
        if (!handled.Wait(TimeSpan.FromSeconds(30)))
            throw new TimeoutException("A request is not answered.");
        return context.Response.StatusCode;
    }
}
