using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Tests.Engine;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <content>What is written to sessions on the thread, and what is not.</content>
public sealed partial class LoopWorkTests
{
    [Theory]
    [InlineData(true, false, true)]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    public async Task Only_what_goes_straight_to_the_kernel_is_written_there(bool isDirect, bool servesClients, bool isWrittenHere)
    {
        await using var bench = new EngineBench();
        _work.ServesClients = servesClients;
        var written = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var session = bench.Open(new FaultyTransport { IsDirect = isDirect, Write = () => Tell(written) });

        _work.TryAdd(new Item(() => Assert.True(session.TrySend(EngineHost.Message("x")))));
        Assert.True(await _thread.Start());

        Assert.Equal(isWrittenHere, await written.Task.WaitAsync(Soon));
    }

    [Fact]
    public async Task One_that_is_not_direct_keeps_the_thread_from_nothing_and_is_not_forgotten()
    {
        // One loop for all of them.
        var told = new List<TaskCompletionSource<bool>>();
        await using var bench = new EngineBench();
        var sessions = new List<Akka.ClusterAdapter.Engine.EngineSocket>();
        for (var i = 0; i < 40; i++)
        {
            var written = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            told.Add(written);
            sessions.Add(bench.Open(new FaultyTransport { IsDirect = i % 3 != 0, Write = () => Tell(written) }));
        }

        _work.TryAdd(new Item(() => sessions.ForEach(session => Assert.True(session.TrySend(EngineHost.Message("x"))))));
        Assert.True(await _thread.Start());

        for (var i = 0; i < told.Count; i++)
        {
            var isHere = await told[i].Task.WaitAsync(Soon);
            Assert.True(i % 3 != 0 || !isHere, $"{i}");
        }
    }

    private static ValueTask<bool> Tell(TaskCompletionSource<bool> written)
    {
        written.TrySetResult(LoopWork.IsHere);
        return new(true);
    }
}
