using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>The official client in a real browser, which gets it from the server.</summary>
[Collection(ProcessTests.Name)]
public class BrowserTests
{
    [Theory]
    [InlineData("polling")]
    [InlineData("polling,websocket")]
    public async Task Events_answers_binary_namespaces_and_reconnection(string transports)
    {
        await using var server = await ClientServer.StartAsync(options => options.ClientBundleDirectory = NodeClient.Bundle);

        await NodeClient.BrowserPassesAsync(transports, server.Uri);

        await server.AssertEmptyAsync();
    }
}
