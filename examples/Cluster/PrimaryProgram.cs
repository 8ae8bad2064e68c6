namespace ClusterExample;

/// <summary>The process that a person starts: it serves nobody, it keeps the workers running.</summary>
internal static class PrimaryProgram
{
    public static async Task<int> RunAsync(ExampleSettings settings)
    {
        ChatPage.RequireClient();
        WorkerProgram.ReadHocon(settings);

        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddSocketIOWorkers(options =>
        {
            options.Port = settings.Port;
            options.Workers = settings.Workers ?? options.Workers;
        });
        await builder.Build().RunAsync();
        return Environment.ExitCode;
    }
}
