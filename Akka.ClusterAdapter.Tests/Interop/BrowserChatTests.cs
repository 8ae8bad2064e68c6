using Akka.ClusterAdapter.Tests.Clients;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Interop;

[Collection(BrowserLane.Name)]
public sealed class BrowserChatTests(BrowserLane browsers)
{
    [Fact]
    public async Task What_is_typed_in_one_browser_appears_in_another_on_a_different_worker()
    {
        await using var example = await ClusterExample.StartAsync(workers: 2);

        await using var pages = browsers.Run(ChatClient.Scripts, "chat-page.mjs", example.Url);

        Assert.Contains("\"badges\":", await pages.LineAsync("\"workers\":"), StringComparison.Ordinal);
        Assert.Equal(0, await pages.ExitAsync());
    }
}
