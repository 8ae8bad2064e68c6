using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Primary;

public sealed class ReloadQueueTests
{
    private static readonly ReloadResult Done = new(true, 1, "done");

    [Fact]
    public async Task After_a_reload_that_throws_the_one_that_waits_runs_and_so_do_later_ones()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = 0;
        var queue = new ReloadQueue(async () =>
        {
            if (Interlocked.Increment(ref runs) > 1)
                return Done;
            await gate.Task;
            throw new InvalidOperationException("no more descriptors");
        });
        var failing = queue.RequestAsync();
        var waiting = queue.RequestAsync();

        gate.SetResult();

        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        Assert.Same(Done, await waiting.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Same(Done, await queue.RequestAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(3, runs);
    }

    [Fact]
    public async Task Whoever_waits_for_the_end_does_not_get_what_a_reload_throws()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var queue = new ReloadQueue(async () =>
        {
            await gate.Task;
            throw new InvalidOperationException();
        });
        var (failing, waiting) = (queue.RequestAsync(), queue.RequestAsync());
        var end = queue.EndAsync();

        gate.SetResult();

        await end.WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting);
    }
}
