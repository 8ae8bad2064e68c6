
namespace ClusterExample;

/// <summary>The process that a person starts: it serves nobody, it keeps the workers running.</summary>
internal static class PrimaryProgram
{
    public static async Task<int> RunAsync(ExampleSettings settings)
    {
        ChatPage.RequireClient();
        WorkerProgram.ReadHocon(settings);

        using IHost host = settings.ReloadPort is { } port ? BuildWithEndpoint(settings, port) : Build(settings);
        await host.RunAsync();
        return Environment.ExitCode;
    }

    private static IHost Build(ExampleSettings settings)
    {
        var builder = Host.CreateApplicationBuilder();
        AddWorkers(builder, settings);
        return builder.Build();
    }

    private static WebApplication BuildWithEndpoint(ExampleSettings settings, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        AddWorkers(builder, settings);
        var app = builder.Build();
        app.MapSocketIOReload();
        return app;
    }

    private static void AddWorkers(IHostApplicationBuilder builder, ExampleSettings settings)
    {
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddSocketIOWorkers(options =>
        {
            options.Port = settings.Port;
            options.Workers = settings.Workers ?? options.Workers;
        });
    }
}
