using System.Globalization;
using Akka.ClusterAdapter.Engine.Sessions;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>Broadcasts to many sessions that follow each other.</summary>
public sealed class FlusherTests
{
    [Fact]
    public async Task A_lonely_message_for_few_is_written_by_who_sends_it_and_what_follows_is_collected()
    {
        var flushes = new HeldFlushes();
        await using var bench = new EngineBench(new Flusher(flushes.Schedule));
        flushes.Hold();
        var (first, second, third) = (new Writes(), new Writes(), new Writes());
        var (one, other) = (bench.Open(first.Transport(isDirect: true)), bench.Open(second.Transport(isDirect: true)));
        var last = bench.Open(third.Transport(isDirect: true));

        // A thread that has written nothing yet.
        await Task.Factory.StartNew(
            () =>
            {
                Assert.True(one.TrySendToFew(EngineHost.Message("1")));
                Assert.Equal((1, 0), (first.Count, flushes.Count));
                Assert.True(one.TrySendToFew(EngineHost.Message("2")));
                Assert.True(one.TrySendToFew(EngineHost.Message("3")));
                Assert.Equal((1, 1), (first.Count, flushes.Count));

                // Two of a broadcast are few.
                Assert.True(other.TrySendToFew(EngineHost.Message("1")));
                Assert.Equal(1, second.Count);
                Assert.True(last.TrySendToFew(EngineHost.Message("1")));
                Assert.Equal(0, third.Count);

                flushes.Release();
                Assert.Equal((2, 1, 1), (first.Count, second.Count, third.Count));
                bench.Time.Advance(TimeSpan.FromMilliseconds(2));
                Assert.True(other.TrySendToFew(EngineHost.Message("2")));
                Assert.Equal(2, second.Count);

                // Who sends does not pay for a large one.
                bench.Time.Advance(TimeSpan.FromMilliseconds(2));
                flushes.Hold();
                Assert.True(one.TrySendToFew(EngineHost.Message(new string('x', 20_000))));
                Assert.Equal(2, first.Count);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    [Fact]
    public async Task An_answer_to_a_poll_takes_along_what_comes_soon_behind_a_lonely_message()
    {
        var flushes = new HeldFlushes();
        await using var bench = new EngineBench(new Flusher(flushes.Schedule));
        flushes.Hold();

        Assert.True(bench.Bystander.TrySendToFew(EngineHost.Message("1")));
        Assert.True(bench.Bystander.TrySendToFew(EngineHost.Message("2")));
        flushes.Release();

        Assert.Equal(2, (await bench.Polled.WaitAsync(TimeSpan.FromSeconds(30)))!.Count);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task What_is_for_many_or_may_run_other_code_is_written_by_the_loop(bool isDirect, bool isForFew)
    {
        var flushes = new HeldFlushes();
        await using var bench = new EngineBench(new Flusher(flushes.Schedule));
        flushes.Hold();
        var writes = new Writes();
        var session = bench.Open(writes.Transport(isDirect));

        Assert.True(isForFew ? session.TrySendToFew(EngineHost.Message("1")) : session.TrySend(EngineHost.Message("1")));

        Assert.Equal((0, 1), (writes.Count, flushes.Count));
        flushes.Release();
        Assert.Equal(1, writes.Count);
    }

    [Fact]
    public async Task Broadcasts_that_follow_each_other_closely_reach_every_client_in_order()
    {
        // Enough clients for a crowd at each loop: a turn then waits a moment for the next broadcast.
        const int broadcasts = 300;
        var turns = 0;
        var flusher = new Flusher(item =>
        {
            Interlocked.Increment(ref turns);
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        });
        await using var host = await EngineHost.StartAsync(flusher: flusher);
        var receivers = await CrowdAsync(host, flusher);
        var before = Volatile.Read(ref turns);

        foreach (var i in Enumerable.Range(0, broadcasts))
        {
            var message = EngineHost.Message(i.ToString(CultureInfo.InvariantCulture));
            foreach (var session in host.Server.Sessions.Values)
                Assert.True(session.TrySend(message));
            if (i % 10 == 0)
                await Task.Yield();
        }

        foreach (var receiver in receivers)
        {
            for (var i = 0; i < broadcasts; i++)
                Assert.Equal($"4{i}", await receiver.ReadTextAsync());
            receiver.Dispose();
        }

        Assert.InRange(Volatile.Read(ref turns) - before, 1, broadcasts * flusher.Count / 2);
    }

    [Fact]
    public async Task A_stream_of_broadcasts_waits_for_the_next_one_only_as_long_as_that_brings_messages_together()
    {
        var flushes = new HeldFlushes();
        var time = new FakeTimeProvider();
        var flusher = new Flusher(flushes.Schedule, time);
        await using var host = await EngineHost.StartAsync(flusher: flusher);
        var receivers = await CrowdAsync(host, flusher);
        await Eventually.TrueAsync(() => host.Server.Sessions.Values.All(session => session.IsWritable));
        flushes.Hold();
        var next = 0;

        await TurnsAsync(1, messages: 1, waits: false);

        // Twice in vain, then not any more.
        await TurnsAsync(2, messages: 1, waits: true);
        await TurnsAsync(64, messages: 1, waits: false);

        // Now and then it is tried again; when it pays it is kept.
        await TurnsAsync(10, messages: 2, waits: true);

        foreach (var receiver in receivers)
            receiver.Dispose();

        async Task TurnsAsync(int turns, int messages, bool waits)
        {
            for (var turn = 0; turn < turns; turn++)
            {
                await BroadcastAsync(messages);
                Assert.Equal(waits ? 0 : flusher.Count, flushes.Count);
                if (waits)
                    time.Advance(TimeSpan.FromMilliseconds(1));
                await DeliverAsync();
            }
        }

        async Task BroadcastAsync(int messages)
        {
            await Eventually.TrueAsync(() => host.Server.Sessions.Values.All(session => session.IsWritable));
            for (var i = 0; i < messages; i++)
            {
                var message = EngineHost.Message($"{next++}");
                foreach (var session in host.Server.Sessions.Values)
                    Assert.True(session.TrySend(message));
            }
        }

        async Task DeliverAsync()
        {
            Assert.Equal(flusher.Count, flushes.Count);
            for (var i = flushes.Count; i > 0; i--)
                flushes.ReleaseOne();
            foreach (var receiver in receivers)
            {
                for (var text = ""; text != $"4{next - 1}";)
                    text = await receiver.ReadTextAsync();
            }
        }
    }

    [Fact]
    public async Task A_timer_that_is_coarser_than_the_moment_is_hardly_waited_for()
    {
        // Fifteen milliseconds, as on Windows, instead of one.
        var flushes = new HeldFlushes();
        var time = new FakeTimeProvider();
        var flusher = new Flusher(flushes.Schedule, time);
        await using var host = await EngineHost.StartAsync(flusher: flusher);
        var receivers = await CrowdAsync(host, flusher);
        await Eventually.TrueAsync(() => host.Server.Sessions.Values.All(session => session.IsWritable));
        flushes.Hold();
        var waits = new List<int>();

        for (var turn = 0; turn < 400; turn++)
        {
            foreach (var session in host.Server.Sessions.Values)
                Assert.True(session.TrySend(EngineHost.Message("x")));
            if (flushes.Count == 0)
            {
                waits.Add(turn);
                time.Advance(TimeSpan.FromMilliseconds(15));
            }

            for (var i = flushes.Count; i > 0; i--)
                flushes.ReleaseOne();
            foreach (var receiver in receivers)
                await receiver.ReadTextAsync();
            await Eventually.TrueAsync(() => host.Server.Sessions.Values.All(session => session.IsWritable));
        }

        // Then twice as rarely each time: after 64, 128, 256 broadcasts.
        Assert.Equal([1, 66, 195], waits);
        foreach (var receiver in receivers)
            receiver.Dispose();
    }

    /// <summary>Enough clients for a crowd at each loop: a turn then waits a moment for the next broadcast.</summary>
    private static async Task<List<WireClient>> CrowdAsync(EngineHost host, Flusher flusher)
    {
        var receivers = new List<WireClient>();
        for (var i = 0; i < 30 * flusher.Count; i++)
            receivers.Add(await host.WebSocketAsync());
        return receivers;
    }

    private sealed class Writes
    {
        public int Count { get; private set; }

        public FaultyTransport Transport(bool isDirect) => new()
        {
            IsDirect = isDirect,
            Write = () =>
            {
                Count++;
                return new(true);
            },
        };
    }
}
