using System.Text.Json;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>A participant with the official client, in a Node.js process.</summary>
internal sealed class ChatClient(string url, string name, string transports)
    : LineProcess("node", ["chat-client.mjs", url, name, transports], Scripts)
{
    private const string Hello = "hello ";

    /// <summary>The folder of the scripts, with the official client in it.</summary>
    public static string Scripts
    {
        get
        {
            var folder = Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Interop");
            Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), $"The official client is not installed: run npm ci in {folder}, or make test.");
            return folder;
        }
    }

    /// <summary>The worker that serves it now, and its process.</summary>
    public (int Worker, int Pid) Served
    {
        get
        {
            var person = JsonDocument.Parse(Lines.Last(line => line.StartsWith(Hello, StringComparison.Ordinal))[Hello.Length..]).RootElement;
            return (person.GetProperty("worker").GetInt32(), person.GetProperty("pid").GetInt32());
        }
    }

    public static async Task<ChatClient> ConnectAsync(string url, string name, string transports = "websocket")
    {
        var client = new ChatClient(url, name, transports);
        await client.LineAsync(Hello);
        return client;
    }

    /// <summary>Connects until the kernel gives the connection to the wanted worker.</summary>
    public static async Task<ChatClient> ConnectToAsync(string url, string name, int worker)
    {
        for (var attempt = 0; attempt < 60; attempt++)
        {
            var client = await ConnectAsync(url, name);
            if (client.Served.Worker == worker)
                return client;
            await client.DisposeAsync();
        }
        throw new InvalidOperationException($"No connection of 60 came to worker {worker}.");
    }

    public Task SayAsync(string text) => WriteLineAsync($"say lobby {text}");

    /// <summary>Waits until it is told a line of chat.</summary>
    public Task HearsAsync(string text) => LineAsync($"\"text\":\"{text}\"");
}
