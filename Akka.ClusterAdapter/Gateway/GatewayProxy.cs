using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Forwarding;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>The edge of a cluster: brings new sessions to a worker of its choice and later requests to their owners.</summary>
internal sealed partial class GatewayProxy : IDisposable
{
    private readonly WorkerWatch _watch;
    private readonly RequestForwarder _forwarder;
    private readonly WorkerChoice _choice;
    private readonly ILogger _logger;
    private readonly GatewayMetrics _metrics;

    public GatewayProxy(
        GatewayExtension extension,
        IOptions<SocketIOGatewayOptions> options,
        IOptions<KestrelServerOptions> kestrel,
        ILoggerFactory loggers,
        TimeProvider? time = null,
        IMeterFactory? meters = null)
    {
        _watch = extension.Workers;
        _forwarder = new(options.Value.ActivityTimeout, kestrel.Value, loggers);
        _choice = new(options.Value.Policy);
        _logger = CarefulLoggers.Of(loggers, time ?? TimeProvider.System).CreateLogger<GatewayProxy>();
        _metrics = new(meters, _watch, new(_logger));
    }

    /// <summary>Answers one request under a server's path.</summary>
    public Task HandleAsync(HttpContext context, string server)
    {
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        var call = EngineCall.Of(context);
        return call.Sid.Length > 0 ? ToOwnerAsync(context, call, server) : ToAnybodyAsync(context, call, server);
    }

    public void Dispose()
    {
        _forwarder.Dispose();
        _metrics.Dispose();
    }

    private async Task ToOwnerAsync(HttpContext context, EngineCall call, string server)
    {
        if (SessionId.TryGetTag(call.Sid, out var tag) && _watch.Find(tag, server) is { } owner)
        {
            var outcome = await _forwarder.SendAsync(context, owner, ForwardedBy.Gateway).ConfigureAwait(false);
            _metrics.Sent(isNew: false, NameOf(outcome.Verdict));
            if (outcome.Verdict == ForwardVerdict.Answered)
                return;
            Log.OwnerSilent(_logger, owner.Id, outcome.Reason);
        }
        else
        {
            _metrics.Sent(isNew: false, GatewayMetrics.Nobody);
        }

        var error = EngineError.UnknownSid(call.Sid);
        await (call.IsUpgrade ? Refusal.OfUpgradeAsync(context, error) : Refusal.OfRequestAsync(context, error)).ConfigureAwait(false);
    }

    /// <summary>
    /// A new session, or a file of the client. Where one worker does not answer, a GET is sent to the next one. A server of a worker
    /// gets no more new sessions for a while when it says so itself, all servers of a worker that cannot be reached; anything else may
    /// be this client's doing and counts against no worker.
    /// </summary>
    private async Task ToAnybodyAsync(HttpContext context, EngineCall call, string server)
    {
        var mayAskNext = HttpMethods.IsGet(call.Method);
        var tried = new HashSet<WatchedWorker>();
        while (_choice.Choose(_watch.Workers, tried, server) is { } worker && worker.AddressOf(server) is { } address)
        {
            if (mayAskNext && call.Transport.Length > 0)
                worker.Assign();
            var outcome = await _forwarder.SendAsync(context, address, ForwardedBy.Gateway, mayBusy: !mayAskNext).ConfigureAwait(false);
            _metrics.Sent(isNew: true, NameOf(outcome.Verdict));
            if (outcome.Verdict == ForwardVerdict.Answered)
                return;
            Mind(worker, server, outcome);
            tried.Add(worker);
            if (!mayAskNext)
                break;
            context.Response.StatusCode = StatusCodes.Status200OK;
        }

        _metrics.Sent(isNew: true, GatewayMetrics.Nobody);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "1";
    }

    private static string NameOf(ForwardVerdict verdict) => verdict switch
    {
        ForwardVerdict.Answered => "answered",
        ForwardVerdict.Busy => "busy",
        ForwardVerdict.Unreachable => "unreachable",
        _ => "silent",
    };

    private void Mind(WatchedWorker worker, string server, ForwardOutcome outcome)
    {
        switch (outcome.Verdict)
        {
            case ForwardVerdict.Busy:
                Log.WorkerBusy(_logger, worker.Id, server.Length == 0 ? "its unnamed server" : $"its server \"{server}\"");
                worker.Doubt(server);
                break;
            case ForwardVerdict.Unreachable:
                Log.WorkerUnreachable(_logger, worker.Id, worker.Url, outcome.Reason);
                worker.Doubt();
                break;
            default:
                Log.WorkerSilent(_logger, worker.Id, outcome.Reason);
                break;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Information,
            "Worker {Worker} did not answer ({Reason}); the client is told that its session is unknown.",
            EventName = "GatewayOwnerSilent")]
        public static partial void OwnerSilent(ILogger logger, string worker, string reason);

        [LoggerMessage(3102, LogLevel.Warning,
            "Worker {Worker} cannot be reached at {Url} ({Reason}); it gets no new sessions until it says again that it is ready.")]
        public static partial void WorkerUnreachable(ILogger logger, string worker, string? url, string reason);

        [LoggerMessage(3103, LogLevel.Information,
            "Worker {Worker} takes no new sessions of {Server} now; it gets none of these until it says that it is ready.")]
        public static partial void WorkerBusy(ILogger logger, string worker, string server);

        [LoggerMessage(3104, LogLevel.Information, "Worker {Worker} broke off a request for a new session ({Reason}); another one is asked.")]
        public static partial void WorkerSilent(ILogger logger, string worker, string reason);
    }
}
