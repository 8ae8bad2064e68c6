namespace TestServer.Processes;

/// <summary>The process that was started with <c>--managed</c>: the library's primary, with this program as its workers.</summary>
internal static class PrimaryProgram
{
    public static async Task<int> RunAsync(Settings settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        ServerApp.LogToStandardError(builder.Logging, LogLevel.Warning);
        builder.AddSocketIOWorkers(primary =>
        {
            primary.Workers = settings.Workers;
            primary.Port = settings.Port;
        });
        await builder.Build().RunAsync();
        return Environment.ExitCode;
    }
}
