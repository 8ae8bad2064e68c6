using Akka.ClusterAdapter.Tests.Primary;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The README's C# is a program: it is built as the page says, started, and admits clients (issue 16, 26).</summary>
[Collection(ProcessTests.Name)]
public sealed class ReadmeTests(ReadmePrograms programs) : IClassFixture<ReadmePrograms>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_program_of_the_page_is_built_and_admits_clients(bool isCluster)
    {
        await using var program =
            new LineProcess("dotnet", [programs.PathOf(isCluster), "--urls", "http://127.0.0.1:0"]) { Deadline = TimeSpan.FromMinutes(3) };
        var listening = await program.LineAsync("Now listening on: ");
        var server = new Uri(listening[listening.IndexOf("http", StringComparison.Ordinal)..]);
        await Eventually.TrueAsync(() => IsOpenAsync(server), () => "the worker takes clients", TimeSpan.FromMinutes(2));

        await using var client = await WireClient.OpenAsync(server);
        await client.ConnectAsync();
        await client.ConnectAsync("/chat");
        await client.SendAsync("42/chat,1[\"now\"]");
        Assert.StartsWith("43/chat,1[\"20", await client.ReceiveAsync(), StringComparison.Ordinal);
        await client.SendAsync("40/admin,");
        await client.ExpectAsync("44/admin,{\"message\":\"unauthorized\",\"data\":{\"retry\":false}}");
        await client.SendAsync("421[\"join\",\"lobby\"]");
        await client.ExpectAsync("431[]");
        using var http = new HttpClient { BaseAddress = server };
        var announcing = http.PostAsync("/announce?text=hello", null);
        await client.ExpectAsync("42[\"announce\",\"hello\"]");
        var question = await client.ReceiveAsync();
        Assert.EndsWith("[\"ready?\"]", question, StringComparison.Ordinal);
        await client.SendAsync($"43{question[2..question.IndexOf('[', StringComparison.Ordinal)]}[true]");
        using var announced = await announcing;
        Assert.True(announced.IsSuccessStatusCode);
    }

    private static async Task<bool> IsOpenAsync(Uri server)
    {
        using var http = new HttpClient { BaseAddress = server };
        using var answer = await http.GetAsync("/socket.io/?EIO=4&transport=polling");
        return answer.IsSuccessStatusCode;
    }
}
