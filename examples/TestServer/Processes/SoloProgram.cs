
namespace TestServer.Processes;

/// <summary>One process with the in-memory adapter: no children, no cluster.</summary>
internal static class SoloProgram
{
    public static async Task<int> RunAsync(Settings settings)
    {
        using var listeners = new Listeners();
        var url = ReadyLine.Url(listeners.Bind(settings.Port, shared: false));
        await using var app = ServerApp.Build(settings, listeners.Use);
        if (settings.EndsWithInput)
            ParentLink.Watch(app.Lifetime.StopApplication);
        await app.StartAsync();
        await ServerApp.WarmUpAsync(app, settings, url);
        ReadyLine.Write([url], url, []);
        await app.WaitForShutdownAsync();
        return 0;
    }
}
