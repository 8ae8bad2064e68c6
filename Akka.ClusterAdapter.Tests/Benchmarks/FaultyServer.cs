using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Benchmarks;

/// <summary>What happens to one broadcast on its way to one client.</summary>
public enum Fault
{
    None,
    Lost,
    Doubled,
    Overtaken,
    Damaged,
}

/// <summary>Just enough of a Socket.IO server for a fan-out, with one fault. Every other message leaves in two frames, as a server may send it.</summary>
internal sealed class FaultyServer(WebApplication app, Fault fault) : IAsyncDisposable
{
    private const string FaultyNumber = "#0000000010";

    private readonly ConcurrentQueue<WebSocket> _members = new();
    private string? _held;
    private bool _inTwoFrames;

    public string Url => app.Urls.First();

    public static async Task<FaultyServer> StartAsync(Fault fault)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new FaultyServer(app, fault);
        app.UseWebSockets();
        app.Map("/socket.io/", server.ServeAsync);
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        using var client = await context.WebSockets.AcceptWebSocketAsync();
        await SendAsync(client, """0{"sid":"any","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""");
        try
        {
            while (await ReceiveAsync(client) is { } message)
                await OnMessageAsync(client, message);
        }
        catch (WebSocketException)
        {
            // The load client closes without waiting.
        }
    }

    private async Task OnMessageAsync(WebSocket client, string message)
    {
        if (message == "40")
            await SendAsync(client, """40{"sid":"any"}""");
        else if (message.Contains("whoami", StringComparison.Ordinal))
            await SendAsync(client, """437["w1"]""");
        else if (message.Contains("join", StringComparison.Ordinal))
        {
            _members.Enqueue(client);
            await SendAsync(client, """437["ok"]""");
        }
        else if (message.Split(["\"bench\",\""], StringSplitOptions.None) is [_, var rest])
            await BroadcastAsync($"42[\"b\",\"{rest}");
    }

    private async Task BroadcastAsync(string packet)
    {
        foreach (var (turn, member) in _members.Index())
        {
            foreach (var sent in turn == 0 ? Faulty(packet) : [packet])
                await SendAsync(member, sent);
        }
    }

    private string[] Faulty(string packet)
    {
        if (_held is { } held)
        {
            _held = null;
            return [packet, held];
        }

        if (!packet.Contains(FaultyNumber, StringComparison.Ordinal))
            return [packet];
        _held = fault == Fault.Overtaken ? packet : null;
        return fault switch
        {
            Fault.Lost or Fault.Overtaken => [],
            Fault.Doubled => [packet, packet],
            Fault.Damaged => [packet.Replace("xx\"", "x \"", StringComparison.Ordinal)],
            _ => [packet],
        };
    }

    private async Task SendAsync(WebSocket client, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var first = (_inTwoFrames = !_inTwoFrames) ? bytes.Length / 2 : 0;
        if (first > 0)
            await client.SendAsync(bytes.AsMemory(0, first), WebSocketMessageType.Text, endOfMessage: false, CancellationToken.None);
        await client.SendAsync(bytes.AsMemory(first), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
    }

    private static async Task<string?> ReceiveAsync(WebSocket client)
    {
        var buffer = new byte[64 * 1024];
        for (var length = 0; ;)
        {
            var part = await client.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            if (part.EndOfMessage)
                return Encoding.UTF8.GetString(buffer, 0, length);
        }
    }
}
