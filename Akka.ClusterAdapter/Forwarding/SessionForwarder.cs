using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Relaying;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>Forwards requests to the workers that own their sessions: one hop, never two.</summary>
internal sealed partial class SessionForwarder : ISessionRouter, IDisposable
{
    private readonly RequestForwarder _forwarder;
    private readonly WorkerDirectory _directory;
    private readonly ForwardingFaults _faults;
    private readonly ILogger _logger;

    public SessionForwarder(WorkerDirectory directory, EngineOptions options, KestrelServerOptions kestrel, ForwardingFaults faults, ILoggerFactory loggers)
    {
        // The longest silence of a living session is the one between two pings.
        _forwarder = new(options.PingInterval + options.PingTimeout + TimeSpan.FromSeconds(10), kestrel, loggers);
        _directory = directory;
        _faults = faults;
        _logger = CarefulLoggers.Of(loggers, TimeProvider.System).CreateLogger<SessionForwarder>();
    }

    /// <inheritdoc/>
    public bool Knows(int tag) => _directory.Find(tag) is not null;

    /// <inheritdoc/>
    public async ValueTask<bool> TryForwardAsync(HttpContext context, int tag)
    {
        if (_directory.Find(tag) is not { } owner)
            return false;
        var outcome = await _forwarder.SendAsync(context, owner, ForwardedBy.Worker).ConfigureAwait(false);
        Mind(owner, outcome);
        if (outcome.Verdict == ForwardVerdict.Answered)
            return true;
        Log.OwnerSilent(_logger, owner.Id, outcome.Reason);
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryForwardNewAsync(HttpContext context)
    {
        var workers = _directory.Confirmed();
        Random.Shared.Shuffle(workers);
        foreach (var worker in workers)
        {
            var outcome = await _forwarder.SendAsync(context, worker, ForwardedBy.LeavingWorker, mayBusy: false).ConfigureAwait(false);
            Mind(worker, outcome);
            if (outcome.Verdict == ForwardVerdict.Answered)
                return true;
            Log.DoesNotTake(_logger, worker.Id, outcome.Reason);
        }

        return false;
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(string sid) => OwnerOf(sid) is { } owner ? _forwarder.ReleaseAsync(sid, owner) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task<bool> LetUpgradeGoAsync(string sid) => OwnerOf(sid) is { } owner ? _forwarder.LetUpgradeGoAsync(sid, owner) : Task.FromResult(false);

    public void Dispose() => _forwarder.Dispose();

    private WorkerAddress? OwnerOf(string sid) => SessionId.TryGetTag(sid, out var tag) ? _directory.Find(tag) : null;

    private void Mind(WorkerAddress worker, ForwardOutcome outcome)
    {
        if (outcome.Verdict == ForwardVerdict.Answered)
            _faults.Remove(worker.Id);
        if (!outcome.IsUntrusted)
            return;
        _faults.Add(worker.Id, worker.Url, outcome.Reason);
        Log.Untrusted(_logger, worker.Id, worker.Url, outcome.Reason, ForwardingFaults.Remedy);
    }

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Information, "Worker {Worker} did not answer a forwarded request ({Reason}); the client is told that its session is "
            + "unknown.")]
        public static partial void OwnerSilent(ILogger logger, string worker, string reason);

        [LoggerMessage(3002, LogLevel.Information,
            "Worker {Worker} did not take a new session that this one, which stops, sent to it ({Reason}).",
            EventName = "NewSessionNotTaken")]
        public static partial void DoesNotTake(ILogger logger, string worker, string reason);

        [LoggerMessage(3003, LogLevel.Warning, "Requests cannot be forwarded to worker {Worker} at {Url}: {Reason} {Remedy}", EventName = "WorkerUntrusted")]
        public static partial void Untrusted(ILogger logger, string worker, string url, string reason, string remedy);
    }
}
