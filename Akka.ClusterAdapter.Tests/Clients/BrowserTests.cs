
namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>The official client in a real browser, which gets it from the server.</summary>
[Collection(BrowserLane.Name)]
public class BrowserTests(BrowserLane browsers)
{
    [Theory]
    [InlineData("polling")]
    [InlineData("polling,websocket")]
    public async Task Events_answers_binary_namespaces_and_reconnection(string transports)
    {
        await using var server = await ClientServer.StartAsync(options => options.ClientBundleDirectory = NodeClient.Bundle);

        await using var page = browsers.Run(NodeClient.Folder, "browser.mjs", transports, server.Uri.ToString());

        Assert.True(await page.ExitAsync() == 0 && page.Lines is ["passed"], string.Join('\n', page.Lines));

        await server.AssertEmptyAsync();
    }
}
