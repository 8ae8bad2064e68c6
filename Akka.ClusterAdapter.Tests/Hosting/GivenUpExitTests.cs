using Akka.Actor;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>A worker that the cluster has given up ends with code 1, whatever Akka.Hosting says of it later; an application's own code stays.</summary>
public sealed class GivenUpExitTests : IDisposable
{
    private readonly int _before = Environment.ExitCode;

    public void Dispose() => Environment.ExitCode = _before;

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    [InlineData(7, 7)]
    public void The_code_at_the_end_is_one_unless_the_application_has_its_own(int later, int expected)
    {
        Environment.ExitCode = later;

        GivenUpExit.Decide();

        Assert.Equal(expected, Environment.ExitCode);
    }

    [Fact]
    public async Task A_seed_node_has_its_code_when_its_host_stops_before_the_end_of_the_actor_system_is_noticed()
    {
        var systems = new TestSystems();
        var system = systems.Add();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "held", async () =>
        {
            await held.Task;
            return Done.Instance;
        });
        var (application, logs) = (new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), new ListLogger());
        var lifetime = new SeedNodeLifetime(system, application, new Logger<SeedNodeLifetime>(logs));
        await lifetime.StartAsync(CancellationToken.None);
        Environment.ExitCode = 0;

        var shutdown = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        await lifetime.StopAsync(CancellationToken.None);

        Assert.False(system.WhenTerminated.IsCompleted);
        Assert.Equal(GivenUpExit.Code, Environment.ExitCode);
        held.SetResult();
        await shutdown;
        await system.WhenTerminated;
        await lifetime.StopAsync(CancellationToken.None);
        Assert.Single(logs.Lines);
        await systems.EndAsync();
    }

    [Fact]
    public async Task A_seed_node_that_is_stopped_by_somebody_has_no_code()
    {
        var systems = new TestSystems();
        var (application, logs) = (new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), new ListLogger());
        var lifetime = new SeedNodeLifetime(systems.Add(), application, new Logger<SeedNodeLifetime>(logs));
        await lifetime.StartAsync(CancellationToken.None);
        Environment.ExitCode = 0;

        await lifetime.StopAsync(CancellationToken.None);
        await systems.EndAsync();

        Assert.Equal(0, Environment.ExitCode);
        Assert.Empty(logs.Lines);
    }

    [Fact]
    public async Task A_worker_has_its_code_when_its_host_stops_before_its_end_is_noticed()
    {
        await using var workers = await SeveralClusters.StartAsync([""]);
        var services = workers[0].App.Services;
        await CoordinatedShutdown.Get(workers.Systems[0]).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        // The host's own has noticed; one that has not is in its place.
        var stopping = workers[0].App.Lifetime.ApplicationStopping;
        await Eventually.TrueAsync(() => stopping.IsCancellationRequested, "the worker stops its host");
        var (application, logs) = (new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), new ListLogger());
        var lifetime = new SocketIOLifetime(
            services.GetRequiredService<SocketIOServers>(), application, services, services.GetRequiredService<IOptions<HostOptions>>(),
            new Logger<SocketIOLifetime>(logs));
        Environment.ExitCode = 0;

        await lifetime.StoppedAsync(CancellationToken.None);
        await lifetime.StoppedAsync(CancellationToken.None);

        Assert.Equal(GivenUpExit.Code, Environment.ExitCode);
        Assert.Single(logs.Lines);
    }
}
