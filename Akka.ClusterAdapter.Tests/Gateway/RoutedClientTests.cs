using Akka.ClusterAdapter.Tests.Interop;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>The official client behind balancers without stickiness, before three real worker processes.</summary>
public sealed class RoutedClientTests(RoutedClientTests.ThreeWorkers workers) : IClassFixture<RoutedClientTests.ThreeWorkers>
{
    [Fact]
    public Task Every_request_of_a_polling_session_reaches_another_worker() => PassesAsync("every_request_reaches_another_worker");

    [Fact]
    public Task Upgrades_reach_other_workers() => PassesAsync("upgrades_reach_other_workers");

    [Fact]
    public Task Two_hundred_default_clients_behind_round_robin() => PassesAsync("two_hundred_default_clients_behind_round_robin");

    [Fact]
    public async Task Two_hundred_default_clients_behind_nginx_without_ip_hash()
    {
        await using var nginx = await NginxProcess.StartAsync(workers.Urls);

        await NodeScenario.PassesAsync("two_hundred_default_clients_behind_an_edge", [nginx.Url, .. workers.Urls]);
    }

    [Fact]
    public Task WebSocket_first_clients_are_not_forwarded() => PassesAsync("websocket_first_clients_are_not_forwarded");

    [Fact]
    public async Task The_owner_is_killed_in_the_middle_of_a_forwarded_poll()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "2", "--cold");

        await NodeScenario.PassesAsync("the_owner_is_killed_in_the_middle_of_a_forwarded_poll", server.Urls);
    }

    private Task PassesAsync(string scenario) => NodeScenario.PassesAsync(scenario, workers.Urls);

    /// <summary>Three workers for all tests here.</summary>
    public sealed class ThreeWorkers : IAsyncLifetime
    {
        private TestServerProcess? _server;

        public IReadOnlyList<string> Urls => _server!.Urls;

        public async Task InitializeAsync() => _server = await TestServerProcess.StartAsync("--workers", "3", "--cold", "--upgrade-timeout", "120000");

        public async Task DisposeAsync()
        {
            if (_server is not null)
                await _server.DisposeAsync();
        }
    }
}
