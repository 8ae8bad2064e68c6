using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Akka.Hosting;
using AkkaCluster = Akka.Cluster.Cluster;

namespace TestServer.Processes;

/// <summary>One worker: on its own port and on the shared one.</summary>
internal static class WorkerProgram
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    public static async Task<int> RunAsync(Settings settings)
    {
        using var listeners = new Listeners();
        var url = ReadyLine.Url(listeners.Bind(settings.OwnPort, shared: false));
        listeners.Bind(settings.Port, shared: true);
        await using var app = ServerApp.Build(settings, listeners.Use, new ServerApp.Membership(ClusterHocon.SystemName, akka => akka
            .AddHocon(ClusterHocon.Worker(settings), HoconAddMode.Prepend)
            .WithSocketIOClusterAdapter(cluster => cluster.AdvertisedUrl = new Uri(url))
            // Again: what equals Akka's default counts as not set, and the adapter's own stands in front of it.
            .AddHocon(settings.Hocon, HoconAddMode.Prepend)));
        ParentLink.Watch(app.Lifetime.StopApplication);
        // New connections find the other workers from then on, while those that are here are served.
        app.Lifetime.ApplicationStopping.Register(listeners.StopSharing);
        await app.StartAsync();
        if (await AreOthersThereAsync(app.Services, settings.Workers, app.Lifetime.ApplicationStopping))
        {
            if (!settings.IsCold)
                await ServerApp.WarmUpAsync(app, settings, url);
            var address = AkkaCluster.Get(app.Services.GetRequiredService<ActorSystem>()).SelfAddress;
            Console.WriteLine(new WorkerReport(url, address.Port ?? 0).ToLine());
        }

        await app.WaitForShutdownAsync();
        // Other than 0 when the cluster has given this worker up.
        return Environment.ExitCode;
    }

    /// <summary>Ready is more than "may take clients": all of the workers are there, and each is confirmed. False when this worker stops before.</summary>
    private static async Task<bool> AreOthersThereAsync(IServiceProvider services, int workers, CancellationToken stopping)
    {
        var adapters = services.GetRequiredService<IAdapterFactory>();
        var server = services.GetRequiredService<SocketIOServer>();
        using var timer = new PeriodicTimer(Poll, TimeProvider.System);
        try
        {
            while (!adapters.IsReady || await server.ServerCountAsync(stopping) < workers)
                await timer.WaitForNextTickAsync(stopping);
            return true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false;
        }
    }
}
