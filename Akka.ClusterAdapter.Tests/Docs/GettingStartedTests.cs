using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Clients;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>docs/getting-started.md is examples/GettingStarted, and that is a chat for browsers and .NET clients.</summary>
[Collection(BrowserLane.Name)]
public sealed class GettingStartedTests(BrowserLane browsers)
{
    private static readonly string Client = Path.Combine(ChatClient.Scripts, "node_modules", "socket.io-client", "dist");

    [Fact]
    public void The_page_shows_the_files_as_they_are()
    {
        var blocks = Page.All.Single(page => page.Path == "docs/getting-started.md").Blocks.Select(block => block.Code).ToList();

        Assert.All(
            (string[])["Program.cs", "Chat.cs", "appsettings.json", "wwwroot/index.html"],
            file => Assert.Contains(File.ReadAllText(Page.FullPath("examples/GettingStarted/" + file)), blocks));
    }

    [Fact]
    public async Task Two_browsers_and_a_NET_client_chat()
    {
        await using var example = await ExampleProgram.StartAsync("GettingStarted", "--SocketIO:ClientBundleDirectory", Client);
        await using var pages = browsers.Run(ChatClient.Scripts, "getting-started.mjs", example.Url);
        await pages.LineAsync("in the chat");

        await using (var grace = await SocketIOTestClient.ConnectAsync(new Uri(example.Url)))
            await GettingStartedSnippets.ChatAsync(grace);

        await pages.LineAsync("done");
        Assert.Equal(0, await pages.ExitAsync());
    }
}
