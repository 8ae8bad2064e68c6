using Akka.ClusterAdapter.Testing;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The .NET client and the test of docs/getting-started.md.</summary>
public sealed class GettingStartedSnippets
{
    internal static async Task RunAsync()
    {
        await using var client = await SocketIOTestClient.ConnectAsync(new Uri("http://localhost:5000"));
        await ChatAsync(client);
    }

    internal static async Task ChatAsync(SocketIOTestClient client)
    {
        await client.EmitWithAckAsync<int>("enter", ["Grace"]);
        await client.EmitAsync("say", "from .NET");
        var (who, text) = await client.WaitForAsync<string, string>("said");
        Console.WriteLine($"{who}: {text}");
    }

    [Fact]
    public async Task What_one_says_the_other_hears()
    {
        await using var server = SocketIOTest.Create(Chat.Map);
        var ada = await server.ConnectAsync();
        var bob = await server.ConnectAsync();
        await ada.EmitWithAckAsync<int>("enter", ["Ada"]);
        Assert.Equal(2, await bob.EmitWithAckAsync<int>("enter", ["Bob"]));

        await bob.EmitAsync("say", "hello");

        Assert.Equal(("Bob", "hello"), await ada.WaitForAsync<string, string>("said"));
    }
}
