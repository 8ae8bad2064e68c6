using System.Globalization;
using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class SendingTests
{
    [Fact]
    public async Task Of_two_volatile_messages_in_a_row_the_second_is_dropped()
    {
        var flushes = new HeldFlushes();
        await using var host = await EngineHost.StartAsync(flusher: new(flushes.Schedule));
        using var client = await WritableAsync(host);
        flushes.Hold();

        var first = host.Session(client.Sid).TrySend(EngineHost.Message("1"), isVolatile: true);
        var second = host.Session(client.Sid).TrySend(EngineHost.Message("2"), isVolatile: true);
        flushes.Release();

        Assert.Equal([true, false], [first, second]);
        Assert.Equal("41", await client.ReadTextAsync());
        Assert.Equal(1, host.Server.Counters["dropped.volatile"]);
    }

    [Fact]
    public async Task A_volatile_message_right_behind_another_is_dropped()
    {
        var flushes = new HeldFlushes();
        await using var host = await EngineHost.StartAsync(flusher: new(flushes.Schedule));
        using var client = await WritableAsync(host);
        flushes.Hold();

        host.Session(client.Sid).TrySend(EngineHost.Message("1"));
        var isSent = host.Session(client.Sid).TrySend(EngineHost.Message("2"), isVolatile: true);
        flushes.Release();

        Assert.False(isSent);
        Assert.Equal("41", await client.ReadTextAsync());
    }

    [Fact]
    public async Task After_the_flush_a_volatile_message_is_sent_again()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await WritableAsync(host);
        var session = host.Session(client.Sid);
        session.TrySend(EngineHost.Message("1"));
        await Eventually.TrueAsync(() => session.IsWritable);

        var isSent = session.TrySend(EngineHost.Message("2"), isVolatile: true);

        Assert.True(isSent);
        Assert.Equal(["41", "42"], [await client.ReadTextAsync(), await client.ReadTextAsync()]);
    }

    [Fact]
    public async Task On_polling_a_volatile_message_needs_a_waiting_GET()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var session = host.Session(client.Sid);

        Assert.False(session.TrySend(EngineHost.Message("1"), isVolatile: true));
        var poll = await client.PendAsync();
        Assert.True(session.TrySend(EngineHost.Message("2"), isVolatile: true));

        Assert.Equal("42", await (await poll).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Sending_allocates_nothing_for_each_message()
    {
        const int Messages = 10_000;
        await using var bench = new EngineBench(new(static loop => loop.Execute()));
        var session = bench.Open(new FaultyTransport());
        var message = EngineHost.Message("x");
        SendAll();

        var before = GC.GetAllocatedBytesForCurrentThread();
        SendAll();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < Messages, $"{allocated} bytes for {Messages} messages");

        void SendAll()
        {
            for (var i = 0; i < Messages; i++)
                Assert.True(session.TrySend(message));
        }
    }

    [Fact]
    public async Task A_burst_needs_one_flush()
    {
        var flushes = new HeldFlushes();
        await using var host = await EngineHost.StartAsync(flusher: new(flushes.Schedule));
        using var client = await WritableAsync(host);
        flushes.Hold();

        for (var i = 0; i < 20; i++)
            host.Session(client.Sid).TrySend(EngineHost.Message($"{i}"));

        Assert.Equal(1, flushes.Count);
        flushes.Release();
        for (var i = 0; i < 20; i++)
            Assert.Equal($"4{i}", await client.ReadTextAsync());
    }

    [Fact]
    public async Task What_is_sent_alone_leaves_before_what_follows_though_another_write_has_not_ended()
    {
        var flushes = new HeldFlushes();
        await using var host = await EngineHost.StartAsync(flusher: new(flushes.Schedule));
        using var client = await WritableAsync(host);
        var session = host.Session(client.Sid);
        flushes.Hold();

        session.TrySend(EngineHost.Message("before"));
        session.TrySendAlone(EngineHost.Message("alone"), TimeSpan.FromMilliseconds(20));
        session.TrySend(EngineHost.Message("behind"));
        flushes.ReleaseOne();

        Assert.Equal("4before", await client.ReadTextAsync());
        Assert.Equal("4alone", await client.ReadTextAsync());
        await Eventually.TrueAsync(() => flushes.Count == 1, "the moment is over");
        flushes.Release();
        Assert.Equal("4behind", await client.ReadTextAsync());
    }

    [Fact]
    public async Task A_message_with_attachments_is_written_in_one_piece()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        host.Session(client.Sid).TrySend(EngineMessage.Text("51-[]"u8, [new byte[] { 1, 2 }, new byte[] { 3 }]));

        Assert.Equal([0x81, 6, .. "451-[]"u8, 0x82, 2, 1, 2, 0x82, 1, 3], await client.ReadAsync(15));
    }

    [Fact]
    public async Task Nine_thousand_frames_of_three_writers_beside_pongs_arrive_unharmed_and_in_order()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();
        var session = host.Session(client.Sid);
        var writers = Enumerable.Range(0, 3).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 3_000; i++)
                Assert.True(session.TrySend(EngineHost.Message($"{writer}:{i}:{new string('x', i % 200)}")));
        })).ToArray();
        for (var i = 0; i < 90; i++)
            await client.SendFrameAsync(0x89, [(byte)i]);

        var next = new int[3];
        var pongs = 0;
        while (next.Sum() < 9_000 || pongs < 90)
        {
            var (first, payload) = await client.ReadFrameAsync();
            if (first == 0x8A)
            {
                Assert.Equal([(byte)pongs++], payload);
                continue;
            }

            var parts = Encoding.ASCII.GetString(payload)[1..].Split(':');
            var writer = int.Parse(parts[0], CultureInfo.InvariantCulture);
            Assert.Equal(next[writer]++, int.Parse(parts[1], CultureInfo.InvariantCulture));
            Assert.Equal((next[writer] - 1) % 200, parts[2].Length);
        }

        await Task.WhenAll(writers);
    }

    [Fact]
    public async Task A_large_message_arrives_whole()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();
        var text = string.Concat(Enumerable.Range(0, 200_000).Select(i => (char)('a' + (i % 26))));

        host.Session(client.Sid).TrySend(EngineHost.Message(text));
        host.Session(client.Sid).TrySend(EngineHost.Message("next"));

        Assert.Equal("4" + text, await client.ReadTextAsync());
        Assert.Equal("4next", await client.ReadTextAsync());
    }

    [Fact]
    public async Task Messages_of_every_size_that_leave_together_arrive_whole_and_in_order()
    {
        var flushes = new HeldFlushes();
        await using var host = await EngineHost.StartAsync(o => o.MaxOutboundBytes = 64_000_000, flusher: new(flushes.Schedule));
        using var client = await host.WebSocketAsync();
        var session = host.Session(client.Sid);
        var random = new Random(11);
        var sent = new List<string>();

        for (var batch = 0; batch < 20; batch++)
        {
            flushes.Hold();
            for (var i = 0; i < 100; i++)
            {
                var text = new string(
                    (char)('a' + (sent.Count % 26)), random.Next(10) switch { 0 => random.Next(200_000), < 5 => random.Next(20_000), _ => random.Next(50) });
                sent.Add(text);
                Assert.True(session.TrySend(EngineHost.Message(text)));
            }

            var flushing = Task.Run(flushes.Release);
            foreach (var text in sent.TakeLast(100))
                Assert.Equal("4" + text, await client.ReadTextAsync());
            await flushing;
        }
    }

    [Fact]
    public async Task A_full_queue_of_packets_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxOutboundPackets = 3);
        var client = await host.PollAsync();
        var session = host.Session(client.Sid);

        var sent = Enumerable.Range(0, 4).Select(i => session.TrySend(EngineHost.Message($"{i}"))).ToArray();

        Assert.Equal([true, true, true, false], sent);
        Assert.False(session.IsOpen);
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.Equal(1, host.Server.Counters["dropped.overflow"]);
    }

    [Fact]
    public async Task A_full_queue_of_bytes_ends_the_session_but_one_large_message_is_accepted()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxOutboundBytes = 1_000);
        var client = await host.PollAsync();
        var session = host.Session(client.Sid);

        Assert.True(session.TrySend(EngineHost.Message(new string('x', 5_000))));
        Assert.False(session.TrySend(EngineHost.Message("y")));

        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
    }

    [Fact]
    public async Task A_reader_that_stops_reading_is_disconnected_and_others_are_not_affected()
    {
        await using var host = await EngineHost.StartAsync();
        using var stuck = await host.ConnectAsync(receiveBuffer: 4_096);
        await stuck.SendUpgradeAsync("EIO=4&transport=websocket");
        await Eventually.TrueAsync(() => host.Handler.Sockets.Count == 1);
        var stuckSession = host.Handler.Sockets.Values.Single();
        using var other = await host.WebSocketAsync();
        var otherSession = host.Session(other.Sid);
        var message = EngineHost.Message(new string('x', 100_000));

        var received = 0;
        while (stuckSession.IsOpen)
        {
            stuckSession.TrySend(message);
            Assert.True(otherSession.TrySend(message));
            Assert.Equal(100_001, (await other.ReadFrameAsync()).Payload.Length);
            Assert.True(++received < 1_000, "100 MB were queued for a client that does not read");
        }

        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.True(otherSession.IsOpen);
        await Eventually.TrueAsync(() => host.Server.Lingering.IsEmpty, "the stuck connection's end");
    }

    [Fact]
    public async Task A_flush_that_never_ends_ends_the_session_even_when_pongs_come()
    {
        await using var host = await EngineHost.StartAsync();
        using var stuck = await host.ConnectAsync(receiveBuffer: 4_096);
        await stuck.SendUpgradeAsync("EIO=4&transport=websocket");
        await Eventually.TrueAsync(() => host.Handler.Sockets.Count == 1);
        var session = host.Handler.Sockets.Values.Single();
        await Eventually.TrueAsync(() => session.IsWritable);
        session.TrySend(EngineHost.Message(new string('x', 50_000_000)));

        await Eventually.TrueAsync(async () =>
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            if (host.Handler.Ends.IsEmpty)
                await stuck.SendTextAsync("3");
            return !host.Handler.Ends.IsEmpty;
        });

        Assert.Equal(CloseReason.TransportError, host.Handler.Ends.Single());
        host.Advance(TimeSpan.FromSeconds(6));
        await Eventually.TrueAsync(() => host.Server.Lingering.IsEmpty);
    }

    [Fact]
    public async Task Nothing_is_sent_after_the_end()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        host.Session(client.Sid).Close(discard: true);

        Assert.False(host.Session(client.Sid).TrySend(EngineHost.Message("x")));
        Assert.False(host.Session(client.Sid).IsWritable);
    }

    private static async Task<WireClient> WritableAsync(EngineHost host)
    {
        var client = await host.WebSocketAsync();
        await Eventually.TrueAsync(() => host.Session(client.Sid).IsWritable);
        return client;
    }
}
