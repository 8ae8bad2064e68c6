using Akka.ClusterAdapter.Clustering.Flow;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class BacklogTests
{
    private readonly Backlog _backlog = new(1_000);

    [Fact]
    public async Task Who_waits_goes_on_when_half_of_it_has_left()
    {
        _backlog.Add(1_001);
        Assert.True(_backlog.IsFull);
        var waiting = _backlog.WaitAsync(default).AsTask();

        _backlog.Remove(500);
        Assert.False(waiting.IsCompleted);
        _backlog.Remove(1);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(_backlog.IsFull);
    }

    [Fact]
    public void Nothing_more_is_taken_than_the_memory_it_may_hold()
    {
        var backlog = new Backlog(1_000, most: 10_000);
        var taken = 0;
        while (backlog.TryAdd(1))
            taken++;
        Assert.Equal(10_000 / (Backlog.PerMessage + 1), taken);

        backlog.Remove(1);

        Assert.True(backlog.TryAdd(1));
        Assert.False(backlog.TryAdd(1));
        backlog.Remove(taken, taken);
        Assert.True(backlog.TryAdd(9_000));
        Assert.False(backlog.TryAdd(1_000));
    }

    [Fact]
    public void One_message_alone_is_taken_however_large()
    {
        var backlog = new Backlog(1_000, most: 10_000);

        Assert.True(backlog.TryAdd(100_000));

        Assert.False(backlog.TryAdd(1));
        backlog.Remove(100_000);
        Assert.True(backlog.TryAdd(1));
    }

    [Fact]
    public async Task Workers_that_are_behind_make_it_full()
    {
        _backlog.Hold(true);
        Assert.True(_backlog.IsFull);
        var waiting = _backlog.WaitAsync(default).AsTask();
        Assert.False(waiting.IsCompleted);

        _backlog.Hold(false);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_without_an_exception()
    {
        using var cancel = new CancellationTokenSource();
        _backlog.Add(2_000);
        var waiting = _backlog.WaitAsync(cancel.Token).AsTask();

        await cancel.CancelAsync();

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Nobody_waits_for_an_actor_that_has_stopped()
    {
        _backlog.Add(2_000);
        var waiting = _backlog.WaitAsync(default).AsTask();

        _backlog.End(true);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(_backlog.IsFull);
    }

    [Fact]
    public async Task Who_comes_when_there_is_room_does_not_wait()
    {
        _backlog.Add(400);

        await _backlog.WaitAsync(default).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
