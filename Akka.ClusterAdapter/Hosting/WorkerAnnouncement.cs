using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Forwarding;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>Tells the other workers where the sessions of this one are, once it knows where it listens, and gives the engine the way to theirs.</summary>
internal sealed partial class WorkerAnnouncement : IHostedLifecycleService, IDisposable
{
    private readonly SocketIOServers _servers;
    private readonly IServiceProvider _services;
    private readonly ForwardingFaults _faults;
    private readonly ILogger _logger;
    private readonly List<SessionForwarder> _forwarders = [];
    private readonly CancellationTokenSource _stopped = new();

    public WorkerAnnouncement(
        SocketIOServers servers, ForwardingFaults faults, IOptions<KestrelServerOptions> kestrel, IServiceProvider services, ILoggerFactory loggers)
    {
        _servers = servers;
        _services = services;
        _faults = faults;
        loggers = CarefulLoggers.Of(loggers, TimeProvider.System);
        _logger = loggers.CreateLogger<WorkerAnnouncement>();
        foreach (var cluster in servers.ByCluster.Where(static cluster => cluster.Key.Host is not null))
        {
            // One tag for all: it names the worker, and a request names its server.
            var tag = cluster.First().Engine.Others.Tag;
            foreach (var server in cluster)
            {
                var forwarder = new SessionForwarder(
                    new WorkerDirectory(cluster.Key.State, server.Name), server.Engine.Options, kestrel.Value, faults, loggers);
                _forwarders.Add(forwarder);
                server.Engine.Others.Tag = tag;
                server.Engine.Others.Router = forwarder;
                server.Engine.Others.IsWorkerEnding = () => servers.IsStopping || cluster.Key.NotReadyBecause is not null;
            }
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach (var cluster in _servers.ByCluster)
            Announce(cluster.Key, [.. cluster]);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _stopped.Cancel();
        _stopped.Dispose();
        _forwarders.ForEach(static forwarder => forwarder.Dispose());
    }

    private void Announce(ClusterAdapterExtension cluster, SocketIOServer[] servers)
    {
        var url = ChooseUrl(cluster);
        var maxPayloads = servers.ToDictionary(static server => server.Name, static server => server.Engine.Options.MaxPayload);
        cluster.State.SessionCount = () => servers.Sum(static server => server.Engine.SessionCount);
        cluster.State.TagTaken = () =>
        {
            var drawn = servers[0].Engine.Others.DrawTag();
            foreach (var server in servers)
                server.Engine.Others.Tag = drawn;
            cluster.Announce(WorkerAddress.WriteTag(drawn), url, maxPayloads);
        };
        cluster.Announce(WorkerAddress.WriteTag(servers[0].Engine.Tag), url, maxPayloads);
        servers[0].Guard.Observe("certificate check", CheckCertificateAsync(cluster.WorkerId, url));
    }

    /// <summary>The others see the same certificate: what this worker does not accept of itself, they will not.</summary>
    private async Task CheckCertificateAsync(string worker, string url)
    {
        if (await ForwardingFaults.WhyNotTrustedAsync(url, _stopped.Token).ConfigureAwait(false) is not { } reason)
            return;
        _faults.Add(worker, url, reason);
        Log.NotTrusted(_logger, url, reason, ForwardingFaults.Remedy);
    }

    private string ChooseUrl(ClusterAdapterExtension cluster)
    {
        if (cluster.Host is not { } host || cluster.AdvertisedUrl.Length > 0)
            return cluster.AdvertisedUrl;
        var addresses = _services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.ToArray() ?? [];
        var url = AdvertisedAddress.Choose(addresses, host, _services.GetService<SharedPort>()?.EndPoint.Port) ?? "";
        if (url.Length == 0)
            Log.Unreachable(_logger, string.Join(", ", addresses), host);
        return url;
    }

    private static partial class Log
    {
        [LoggerMessage(4021, LogLevel.Warning,
            "Other workers cannot forward requests to this one, so its clients that poll need sticky sessions: it listens on {Addresses}, "
            + "and the others know it as {Host}. Set akka.cluster-adapter.advertised-url.",
            EventName = "ThisWorkerUnreachable")]
        public static partial void Unreachable(ILogger logger, string addresses, string host);

        [LoggerMessage(4022, LogLevel.Warning,
            "Other workers cannot forward requests to this one at {Url}, so its clients that poll need sticky sessions: {Reason} {Remedy}",
            EventName = "ThisWorkerUntrusted")]
        public static partial void NotTrusted(ILogger logger, string url, string reason, string remedy);
    }
}
