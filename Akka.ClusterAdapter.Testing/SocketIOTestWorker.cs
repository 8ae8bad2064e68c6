using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Testing;

/// <summary>A worker of a cluster of a test.</summary>
public sealed class SocketIOTestWorker
{
    private readonly WebApplication _app;
    private readonly SocketIOTestOptions _options;
    private readonly HttpEndpoint _endpoint;

    private SocketIOTestWorker(WebApplication app, ActorSystem system, SocketIOTestOptions options, ServerLog log)
    {
        _app = app;
        _options = options;
        System = system;
        Server = app.Services.GetRequiredService<SocketIOServer>();
        Url = new Uri(app.Urls.First());
        _endpoint = new(Url, server: Server, log: log);
    }

    /// <summary>Where it listens: for browsers and clients of other kinds.</summary>
    public Uri Url { get; }

    /// <summary>Its server.</summary>
    public SocketIOServer Server { get; }

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Its actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>Connects a client to this worker. When it completes, the connection handlers have been started.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="auth">What the official client calls <c>auth</c>: an object, or null for none.</param>
    /// <param name="configure">Settings of the client.</param>
    /// <exception cref="ConnectRefusedException">The server has refused it.</exception>
    /// <exception cref="EventTimeoutException">The server has not answered in time.</exception>
    public Task<SocketIOTestClient> ConnectAsync(string ns = "/", object? auth = null, Action<SocketIOTestClientOptions>? configure = null) =>
        SocketIOTestClient.ConnectAsync(_endpoint, ns, auth, configure, defaults => defaults.Deadline = _options.Deadline);

    /// <summary>Waits until no handler runs on this worker any more. What is on its way from a client or another worker is not known here.</summary>
    /// <param name="deadline">How long to wait. Default: <see cref="SocketIOTestOptions.Deadline"/>.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="EventTimeoutException">They do not end in time.</exception>
    public Task IdleAsync(TimeSpan? deadline = null, CancellationToken ct = default) => ServerIdle.WaitAsync(Server, deadline ?? _options.Deadline, ct);

    internal static async Task<SocketIOTestWorker> StartAsync(ActorSystem system, Action<SocketIOServer> configure, SocketIOTestClusterOptions options)
    {
        var log = new ServerLog();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Testing" });
        builder.Logging.ClearProviders();
        log.AddTo(builder.Logging);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        options.CopyTo(builder.Services);
        builder.Services.AddSocketIO().UseClusterAdapter(system);
        var app = builder.Build();
        try
        {
            options.Use?.Invoke(app);
            app.MapSocketIO(configure);
            await app.StartAsync().ConfigureAwait(false);
            return new(app, system, options, log);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal bool IsReadyAmong(int workers) => ClusterAdapterExtension.Get(System) is { IsReady: true } extension && extension.ServerCount == workers;

    internal async Task StopAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        await System.Terminate().ConfigureAwait(false);
    }
}
