using ClusterExample;

// One program, two parts: started by a person it is the primary, started by the primary it is a worker.
try
{
    var settings = ExampleSettings.Parse(args);
    if (settings is null)
        return ExampleSettings.ShowHelp();
    return WorkerEnvironment.Current is { } worker
        ? await WorkerProgram.RunAsync(settings, worker)
        : await PrimaryProgram.RunAsync(settings);
}
catch (ExampleException exception)
{
    Console.Error.WriteLine(exception.Message);
    return WorkerEnvironment.BadConfiguration;
}
