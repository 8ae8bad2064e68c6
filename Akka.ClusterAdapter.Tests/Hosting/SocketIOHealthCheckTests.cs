using System.Net;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>The health check as an orchestrator sees it: over HTTP, by its tag.</summary>
public sealed class SocketIOHealthCheckTests : IAsyncLifetime, IDisposable
{
    private readonly TestSystems _systems = new();
    private readonly HttpClient _http = new();
    private WebApplication? _app;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_single_worker_is_healthy()
    {
        await using var host = await StartAsync();

        Assert.Equal((HttpStatusCode.OK, "Healthy: This worker takes clients."), await AskAsync(host));
    }

    [Fact]
    public async Task A_worker_that_the_cluster_has_not_let_in_is_not_however_long_it_waits()
    {
        await using var host = await StartAsync("akka.cluster-adapter.ready-timeout = 200ms");
        Assert.False(await ClusterAdapterExtension.Get(_systems.All[0]).WaitUntilReadyAsync());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy: This worker waits for the cluster to let it in."), await AskAsync(host));

        _systems.Join(_systems.All[0]);

        await Eventually.TrueAsync(async () => await AskAsync(host) is (HttpStatusCode.OK, "Healthy: This worker takes clients."), "healthy");
    }

    [Fact]
    public async Task One_that_the_others_have_not_confirmed_is_not()
    {
        _systems.Join(_systems.Add());
        await using var host = await StartAsync("akka.cluster-adapter.ready-timeout = 1h");

        _systems.Join(_systems.All[1]);

        await Eventually.TrueAsync(
            async () => await AskAsync(host) is (HttpStatusCode.ServiceUnavailable, "Unhealthy: This worker waits for the others to confirm it."), "it waits");
    }

    [Fact]
    public async Task One_that_has_waited_long_enough_is_degraded_and_names_what_is_missing()
    {
        var mute = _systems.Add();
        _systems.Join(mute);
        await using var host = await StartAsync("akka.cluster-adapter.ready-timeout = 200ms");
        _systems.Join(_systems.All[1]);

        var degraded = (HttpStatusCode.OK, $"Degraded: Messages may not reach: {ClusterAdapterExtension.Get(mute).WorkerId}.");
        await Eventually.TrueAsync(async () => await AskAsync(host) == degraded, degraded.Item2);
    }

    [Fact]
    public async Task A_member_of_a_cluster_whose_server_is_none_is_degraded_and_told_once_what_was_forgotten()
    {
        await using var host = await StartAsync(services => services.AddSingleton(_systems.Add()));

        var (code, answer) = await AskAsync(host);

        Assert.Equal(HttpStatusCode.OK, code);
        Assert.StartsWith("Degraded: ", answer, StringComparison.Ordinal);
        Assert.Contains("WithSocketIOClusterAdapter", answer, StringComparison.Ordinal);
        Assert.Single(host.Logs.Lines, line => line.StartsWith("Warning: This application is a member of an Akka cluster", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_single_worker_beside_an_actor_system_without_a_cluster_is_healthy()
    {
        using var system = Akka.Actor.ActorSystem.Create("alone");
        await using var host = await StartAsync(services => services.AddSingleton(system));

        Assert.Equal((HttpStatusCode.OK, "Healthy: This worker takes clients."), await AskAsync(host));
        Assert.Empty(host.Logs.Lines);
    }

    [Fact]
    public async Task One_that_drains_is_not_although_it_still_serves()
    {
        await using var host = await StartAsync("akka.cluster-adapter.ready-timeout = 200ms");

        await ClusterAdapterExtension.Get(_systems.All[0]).DrainAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy: This worker is shutting down."), await AskAsync(host));
    }

    [Fact]
    public async Task One_whose_application_stops_is_not()
    {
        await using var host = await StartAsync();

        _app!.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy: This worker is shutting down."), await AskAsync(host));
    }

    private async Task<(HttpStatusCode Code, string Answer)> AskAsync(SocketIOTestHost host)
    {
        using var answer = await _http.GetAsync(new Uri(host.Uri, "/health/ready"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <param name="cluster">HOCON of the worker's actor system; null: no cluster.</param>
    private Task<SocketIOTestHost> StartAsync(string? cluster = null) => StartAsync(services =>
    {
        if (cluster is not null)
            services.AddSocketIO().UseClusterAdapter(_systems.Add(cluster));
    });

    private Task<SocketIOTestHost> StartAsync(Action<IServiceCollection> services) => SocketIOTestHost.StartAsync(
        _ => { },
        services: services,
        use: app =>
        {
            _app = app;
            app.MapHealthChecks("/health/ready", new HealthCheckOptions
            {
                Predicate = check => check.Tags.Contains("ready"),
                ResponseWriter = (context, report) => context.Response.WriteAsync($"{report.Status}: {Assert.Single(report.Entries).Value.Description}"),
            });
        });
}
