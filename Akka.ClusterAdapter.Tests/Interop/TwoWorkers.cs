namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>One server with two workers for all scenarios; they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class TwoWorkers : IAsyncLifetime, ICollectionFixture<TwoWorkers>
{
    public const string Name = "test server with two workers";

    private TestServerProcess? _server;

    internal TestServerProcess Server => _server!;

    public async Task InitializeAsync() => _server = await TestServerProcess.StartAsync("--workers", "2", "--cold");

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    internal Task PassesAsync(string scenario) => NodeScenario.PassesAsync(scenario, Server.Urls);
}
