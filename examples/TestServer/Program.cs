using Akka.ClusterAdapter.Server;
using Akka.Configuration;
using Microsoft.Extensions.Options;
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
    return Refuse(e, 2);
}
catch (Exception e) when (WrongSetting(e) is { } wrong)
{
    // Starting it again would not help, and whoever keeps workers knows by this code.
    return Refuse(wrong, WorkerEnvironment.BadConfiguration);
}

static int Refuse(Exception why, int code)
{
    Console.Error.WriteLine($"TestServer: {why.Message}");
    return code;
}

// The wrong setting is told by an exception of its own, around what the parser had to say; of the application's own configuration only its reader knows.
static Exception? WrongSetting(Exception? exception)
{
    while (exception is not (null or ConfigurationException or OptionsValidationException)
        && exception.TargetSite?.DeclaringType?.Assembly != typeof(ConfigurationBinder).Assembly)
        exception = exception.InnerException;
    return exception;
}
