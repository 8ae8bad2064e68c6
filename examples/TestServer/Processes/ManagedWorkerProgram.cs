using Akka.Actor;
using Akka.ClusterAdapter.Server;
using Akka.Hosting;
using AkkaCluster = Akka.Cluster.Cluster;

namespace TestServer.Processes;

/// <summary>A worker that the library's primary has started. It tells its own address in a line.</summary>
internal static class ManagedWorkerProgram
{
    public static async Task<int> RunAsync(Settings settings, WorkerEnvironment worker)
    {
        await using var app = ServerApp.Build(
            settings,
            builder => builder.AddSocketIOWorker(worker),
            new ServerApp.Membership(worker.SystemName, akka => akka
                .WithSocketIOClusterAdapter(cluster => cluster.DrainTimeout = settings.DrainTimeout)
                .WithSocketIOWorker(worker)));
        await app.StartAsync();
        var address = AkkaCluster.Get(app.Services.GetRequiredService<ActorSystem>()).SelfAddress;
        Console.WriteLine(new WorkerReport(app.Urls.First(url => new Uri(url).Port != worker.Listen.Port), address.Port ?? 0).ToLine());
        await app.WaitForShutdownAsync();
        return 0;
    }
}
