using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>Forwards requests to the workers that own their sessions: one hop, never two.</summary>
internal sealed partial class SessionForwarder : ISessionRouter, IDisposable
{
    private readonly RequestForwarder _forwarder;
    private readonly WorkerDirectory _directory;
    private readonly ILogger _logger;

    public SessionForwarder(IHttpForwarder forwarder, WorkerDirectory directory, EngineOptions options, ILoggerFactory loggers)
    {
        // The longest silence of a living session is the one between two pings.
        _forwarder = new(forwarder, options.PingInterval + options.PingTimeout + TimeSpan.FromSeconds(10));
        _directory = directory;
        _logger = CarefulLoggers.Of(loggers, TimeProvider.System).CreateLogger<SessionForwarder>();
    }

    /// <inheritdoc/>
    public bool Knows(int tag) => _directory.Find(tag) is not null;

    /// <inheritdoc/>
    public async ValueTask<bool> TryForwardAsync(HttpContext context, int tag)
    {
        if (_directory.Find(tag) is not { } owner)
            return false;
        var error = await _forwarder.SendAsync(context, owner, ForwardedBy.Worker).ConfigureAwait(false);
        if (error == ForwarderError.None)
            return true;
        Log.OwnerSilent(_logger, owner.Id, error);
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryForwardNewAsync(HttpContext context)
    {
        var workers = _directory.Confirmed();
        Random.Shared.Shuffle(workers);
        foreach (var worker in workers)
        {
            var error = await _forwarder.SendAsync(context, worker, ForwardedBy.LeavingWorker, mayBusy: false).ConfigureAwait(false);
            if (error == ForwarderError.None)
                return true;
            Log.DoesNotTake(_logger, worker.Id, error);
        }

        return false;
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(string sid) =>
        SessionId.TryGetTag(sid, out var tag) && _directory.Find(tag) is { } owner ? _forwarder.ReleaseAsync(sid, owner) : Task.CompletedTask;

    public void Dispose() => _forwarder.Dispose();

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Worker {Worker} did not answer a forwarded request ({Error}); the client is told that its session is unknown.")]
        public static partial void OwnerSilent(ILogger logger, string worker, ForwarderError error);

        [LoggerMessage(2, LogLevel.Information, "Worker {Worker} did not take a new session that this one, which stops, sent to it ({Error}).")]
        public static partial void DoesNotTake(ILogger logger, string worker, ForwarderError error);
    }
}
