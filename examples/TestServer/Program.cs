using Akka.ClusterAdapter.Server;
using TestServer;
using TestServer.Processes;

try
{
    var settings = Settings.Parse(args);
    if (settings.IsManaged)
        return WorkerEnvironment.Current is { } worker ? await ManagedWorkerProgram.RunAsync(settings, worker) : await PrimaryProgram.RunAsync(settings);
    if (settings.IsWorker)
        return await WorkerProgram.RunAsync(settings);
    return settings.Workers == 0 ? await SoloProgram.RunAsync(settings) : await ParentProgram.RunAsync(settings);
}
catch (StartException e)
{
    Console.Error.WriteLine($"TestServer: {e.Message}");
    return 2;
}
