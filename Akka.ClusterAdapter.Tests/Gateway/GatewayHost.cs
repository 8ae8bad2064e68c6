using Akka.Actor;
using Akka.ClusterAdapter.Gateway;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Server;
using Akka.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>A gateway in this process, on a free port, configured by HOCON/gateway.conf.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ActorSystem _system;

    private GatewayHost(WebApplication app, ActorSystem system, LogRecorder logs)
    {
        _app = app;
        _system = system;
        Logs = logs;
    }

    public LogRecorder Logs { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Workers that take sessions, as the gateway believes now.</summary>
    public int OpenWorkers => GatewayExtension.Get(_system).OpenWorkers;

    /// <summary>The same of a named server.</summary>
    public int OpenWorkersOf(string server) => GatewayExtension.Get(_system).Workers.Workers.Count(worker => worker.IsOpenFor(server));

    public string Url => _app.Urls.First();

    /// <summary>Starts it in the cluster that a member belongs to.</summary>
    /// <param name="systemName">Name of all actor systems of the cluster.</param>
    /// <param name="member">Host and port of a member; null forms a cluster of its own.</param>
    /// <param name="workers">Waits until so many workers take sessions.</param>
    /// <param name="configure">Settings.</param>
    /// <param name="kestrel">Settings of its web server.</param>
    /// <param name="map">What else it serves.</param>
    public static async Task<GatewayHost> StartAsync(
        string systemName, string? member, int workers, Action<SocketIOGatewayOptions>? configure = null,
        Action<KestrelServerOptions>? kestrel = null, Action<WebApplication>? map = null)
    {
        var apart = ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.cluster.seed-nodes = []");
        var system = ActorSystem.Create(systemName, apart.WithFallback(ConfigurationFactory.ParseString(Hocon.Read("gateway.conf"))));
        var cluster = AkkaCluster.Get(system);
        cluster.Join(member is null ? cluster.SelfAddress : Address.Parse($"akka.tcp://{systemName}@{member}"));

        var builder = WebApplication.CreateSlimBuilder();
        var logs = new LogRecorder();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (kestrel is not null)
            builder.WebHost.ConfigureKestrel(kestrel);
        builder.Services.AddSingleton(system);
        builder.Services.AddSocketIOGateway(configure);
        var app = builder.Build();
        app.MapSocketIOGateway();
        map?.Invoke(app);
        await app.StartAsync();
        var gateway = new GatewayHost(app, system, logs);
        await Eventually.TrueAsync(() => GatewayExtension.Get(system).OpenWorkers == workers, $"{workers} workers that take sessions");
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _system.Terminate();
    }
}
