using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>The edge of a cluster: brings new sessions to a worker of its choice and later requests to their owners.</summary>
internal sealed partial class GatewayProxy : IDisposable
{
    private readonly WorkerWatch _watch;
    private readonly RequestForwarder _forwarder;
    private readonly WorkerChoice _choice;
    private readonly ILogger _logger;

    public GatewayProxy(GatewayExtension extension, IHttpForwarder forwarder, IOptions<SocketIOGatewayOptions> options, ILoggerFactory loggers, TimeProvider? time = null)
    {
        _watch = extension.Workers;
        _forwarder = new(forwarder, options.Value.ActivityTimeout);
        _choice = new(options.Value.Policy);
        _logger = CarefulLoggers.Of(loggers, time ?? TimeProvider.System).CreateLogger<GatewayProxy>();
    }

    /// <summary>Answers one request under the server's path.</summary>
    public Task HandleAsync(HttpContext context)
    {
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        var call = EngineCall.Of(context);
        return call.Sid.Length > 0 ? ToOwnerAsync(context, call) : ToAnybodyAsync(context, call);
    }

    public void Dispose() => _forwarder.Dispose();

    private async Task ToOwnerAsync(HttpContext context, EngineCall call)
    {
        if (SessionId.TryGetTag(call.Sid, out var tag) && _watch.Find(tag) is { } owner)
        {
            var failure = await _forwarder.SendAsync(context, owner, ForwardedBy.Gateway).ConfigureAwait(false);
            if (failure == ForwarderError.None)
                return;
            Log.OwnerSilent(_logger, owner.Id, failure);
        }

        var error = EngineError.UnknownSid(call.Sid);
        await (call.IsUpgrade ? Refusal.OfUpgradeAsync(context, error) : Refusal.OfRequestAsync(context, error)).ConfigureAwait(false);
    }

    /// <summary>A new session, or a file of the client. A worker that does not answer is not asked again; what has no body can be sent to the next one.</summary>
    private async Task ToAnybodyAsync(HttpContext context, EngineCall call)
    {
        var isSession = HttpMethods.IsGet(call.Method) && call.Transport.Length > 0;
        var tried = new HashSet<WatchedWorker>();
        while (_choice.Choose(_watch.Workers, tried) is { Address: { } address } worker)
        {
            if (isSession)
                worker.Assign();
            var failure = await _forwarder.SendAsync(context, address, ForwardedBy.Gateway, mayBusy: !HttpMethods.IsGet(call.Method)).ConfigureAwait(false);
            if (failure == ForwarderError.None)
                return;
            Log.WorkerSilent(_logger, worker.Id, failure);
            worker.Doubt();
            tried.Add(worker);
            if (!HttpMethods.IsGet(call.Method))
                break;
            context.Response.StatusCode = StatusCodes.Status200OK;
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "1";
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Worker {Worker} did not answer ({Error}); the client is told that its session is unknown.")]
        public static partial void OwnerSilent(ILogger logger, string worker, ForwarderError error);

        [LoggerMessage(2, LogLevel.Warning, "Worker {Worker} did not answer ({Error}); it gets no new sessions until it says that it is ready.")]
        public static partial void WorkerSilent(ILogger logger, string worker, ForwarderError error);
    }
}
