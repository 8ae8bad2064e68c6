using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.Dispatch;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <summary>The receiving thread with links and work.</summary>
[Collection(AloneTests.Name)]
public sealed class LoopThreadTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_an_item_writes_arrives_in_order_and_its_end_behind_it()
    {
        await using var end = await TransportEnd.ListenAsync("epoll");
        await using var other = await TransportEnd.ListenAsync("select");
        var (here, there) = await end.ConnectAsync(other);

        await RunAsync(end, () =>
        {
            for (var i = 0; i < 200; i++)
                Assert.True(here.Write([(byte)i]));
            Assert.True(here.Write(new byte[100_000]));
            Assert.True(here.Write([7]));
            here.Disassociate();
        });

        for (var i = 0; i < 200; i++)
            Assert.Equal([(byte)i], await there.FrameAsync());
        Assert.Equal(100_000, (await there.FrameAsync()).Length);
        Assert.Equal([7], await there.FrameAsync());
        await there.EndAsync();
    }

    [Fact]
    public async Task A_call_that_the_watching_thread_hears_is_not_lost()
    {
        var receiver = new EpollReceiver(new Guard(NullLogger.Instance));
        receiver.Start();
        var isOver = 0;
        var watching = Task.Run(() =>
        {
            while (Volatile.Read(ref isOver) == 0)
                ((ILoopThread)receiver).IsAnyReady();
        });

        for (var i = 0; i < 3_000; i++)
        {
            var ran = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Assert.True(receiver.Work.TryAdd(new ActionRunnable(ran.SetResult)));
            await ran.Task.WaitAsync(Deadline);
        }

        Volatile.Write(ref isOver, 1);
        await watching;
        await receiver.StopAsync().WaitAsync(Deadline);
    }

    [Fact]
    public async Task It_ends_although_an_item_never_does()
    {
        using var blocks = new ManualResetEventSlim();
        var receiver = new EpollReceiver(new Guard(NullLogger.Instance));
        receiver.Start();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Work.TryAdd(new ActionRunnable(() =>
        {
            begun.SetResult();
            blocks.Wait();
        }));
        await begun.Task.WaitAsync(Deadline);

        var ended = receiver.StopAsync();

        try
        {
            await ended.WaitAsync(Deadline);
        }
        finally
        {
            blocks.Set();
        }
    }

    [Fact]
    public async Task Links_go_on_while_an_item_blocks_and_what_it_wrote_leaves()
    {
        await using var end = await TransportEnd.ListenAsync("epoll");
        await using var other = await TransportEnd.ListenAsync("select");
        var (here, there) = await end.ConnectAsync(other);
        using var blocks = new ManualResetEventSlim();

        var blocked = RunAsync(end, () =>
        {
            Assert.True(here.Write([1]));
            blocks.Wait(Deadline);
            Assert.True(here.Write([4]));
        });
        Assert.True(there.Write([2]));

        Assert.Equal([2], await here.FrameAsync());
        Assert.Equal([1], await there.FrameAsync());
        await RunAsync(end, () => Assert.True(here.Write([3])));
        Assert.Equal([3], await there.FrameAsync());
        Assert.False(blocked.IsCompleted);
        blocks.Set();
        await blocked;
        Assert.Equal([4], await there.FrameAsync());
        Assert.Equal(1, end.Own.Home.Receiver.Work!.TakeOvers);
    }

    [Fact]
    public async Task Items_that_block_are_done_beside_each_other()
    {
        await using var end = await TransportEnd.ListenAsync("epoll");
        using var blocks = new CountdownEvent(20);

        // Each waits for the last one.
        var all = Enumerable.Range(0, 20).Select(_ => RunAsync(end, () =>
        {
            blocks.Signal();
            Assert.True(blocks.Wait(Deadline));
        })).ToArray();

        await Task.WhenAll(all);
        Assert.InRange(end.Own.Home.Receiver.Work!.TakeOvers, 1, 20);
    }

    [Fact]
    public async Task The_end_does_not_wait_for_an_item_that_blocks_and_leaves_no_thread()
    {
        using var blocks = new ManualResetEventSlim();
        Task blocked;
        var end = await TransportEnd.ListenAsync("epoll");
        blocked = RunAsync(end, () => blocks.Wait(Deadline));

        // Somebody must wait for it, or nobody takes over.
        var behind = RunAsync(end, static () => { });
        await end.DisposeAsync();

        await behind;
        Assert.False(blocked.IsCompleted);
        blocks.Set();
        await blocked;
        await Eventually.TrueAsync(() => LinkTransportTests.Threads() == 0, "no thread is left");
    }

    private static async Task RunAsync(TransportEnd end, Action body)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(end.Own.Home.Receiver.Work!.TryAdd(new ActionRunnable(() =>
        {
            try
            {
                body();
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        })));
        await done.Task.WaitAsync(Deadline);
    }
}
