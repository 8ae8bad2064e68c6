using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>What messages may hold, of all clients together, while their end is not here.</summary>
public sealed class IncompleteMessagesTests
{
    [Fact]
    public void Over_the_limit_those_go_that_began_first_and_no_more_than_need_be()
    {
        var all = new IncompleteMessages(100, new Guard(NullLogger.Instance));
        var gone = new List<int>();
        var messages = Enumerable.Range(0, 5).Select(i => all.Begin(() => gone.Add(i))).ToArray();
        foreach (var message in messages)
            message.Set(20);

        messages[4].Set(50);

        Assert.Equal([0, 1], gone);
        Assert.Equal(90, all.Bytes);
    }

    [Fact]
    public void What_is_complete_counts_no_more_and_is_left_alone()
    {
        var all = new IncompleteMessages(100, new Guard(NullLogger.Instance));
        var gone = new List<string>();
        var first = all.Begin(() => gone.Add("first"));
        var second = all.Begin(() => gone.Add("second"));
        first.Set(90);
        first.End();
        first.Set(90);

        second.Set(100);

        Assert.Empty(gone);
        Assert.Equal(100, all.Bytes);
        second.End();
        second.End();
        Assert.Equal(0, all.Bytes);
    }

    // The limit is four times MaxPayload: 16 buffers of 4,096 bytes, which the shortest message has, or 4 of 16,384.
    [Theory]
    [InlineData(1, 16)]
    [InlineData(16_000, 4)]
    public async Task An_unfinished_WebSocket_message_goes_when_all_of_them_hold_too_much(int length, int room)
    {
        await using var host = await EngineHost.StartAsync(o => (o.MaxPayload, o.MaxIncompleteBytes) = (16_384, 1));
        var clients = new List<WireClient>();
        for (var i = 0; i <= room; i++)
        {
            clients.Add(await host.WebSocketAsync());
            await clients[i].SendFrameAsync(0x01, [(byte)'4', .. new byte[length - 1].Select(_ => (byte)'x')]);
            await Eventually.TrueAsync(() => host.Server.Incomplete.Bytes == Math.Min(i + 1, room) * 65_536L / room);
        }

        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        await Eventually.TrueAsync(() => host.Server.Counters.GetValueOrDefault("rejected.incomplete-bytes") == 1, "rejected.incomplete-bytes");
        Assert.DoesNotContain(clients[0].Sid, host.Server.Sessions.Keys);

        await clients[room].SendFrameAsync(0x80, "end"u8.ToArray());
        await Eventually.TrueAsync(() => host.Handler.Texts.Any(text => text.EndsWith("end", StringComparison.Ordinal)));
        Assert.Equal((room - 1) * 65_536L / room, host.Server.Incomplete.Bytes);
        clients.ForEach(client => client.Dispose());
        await Eventually.TrueAsync(() => host.Server.Incomplete.Bytes == 0);
    }

    [Fact]
    public async Task An_unfinished_POST_goes_when_all_of_them_hold_too_much()
    {
        await using var host = await EngineHost.StartAsync(o => (o.MaxPayload, o.MaxIncompleteBytes) = (16_384, 1));
        var sids = new List<string>();
        var clients = new List<WireClient>();
        for (var i = 0; i <= 4; i++)
        {
            var polling = await host.PollAsync();
            sids.Add(polling.Sid);
            clients.Add(await host.ConnectAsync());
            await clients[i].SendAsciiAsync($"POST /engine.io/?{polling.Query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                + $"Content-Length: 16001\r\n\r\n4{new string('x', 15_999)}");
            await Eventually.TrueAsync(() => host.Server.Incomplete.Bytes == Math.Min(i + 1, 4) * 16_384L);
        }

        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.DoesNotContain(sids[0], host.Server.Sessions.Keys);
        await clients[4].SendAsciiAsync("!");
        Assert.EndsWith("ok", (await clients[4].ReadAnswerAsync()).Body);
        Assert.Equal(3 * 16_384, host.Server.Incomplete.Bytes);
        clients.ForEach(client => client.Dispose());
        await Eventually.TrueAsync(() => host.Server.Incomplete.Bytes == 0);
    }
}
