using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Interop;

[Collection(ProcessTests.Name)]
public sealed class BrowserChatTests
{
    [Fact]
    public async Task What_is_typed_in_one_browser_appears_in_another_on_a_different_worker()
    {
        await using var example = await ClusterExample.StartAsync(workers: 2);

        // Browsers draw with the processor here.
        await using var browsers = new LineProcess("node", ["chat-page.mjs", example.Url], ChatClient.Scripts) { Deadline = TimeSpan.FromMinutes(5) };

        Assert.Contains("\"badges\":", await browsers.LineAsync("\"workers\":"), StringComparison.Ordinal);
        Assert.Equal(0, await browsers.ExitAsync());
    }
}
