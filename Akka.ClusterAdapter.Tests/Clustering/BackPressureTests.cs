using Akka.ClusterAdapter.Clustering.Flow;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class BackPressureTests
{
    private readonly BackPressure _pressure = new(1_000);

    [Fact]
    public async Task Who_waits_goes_on_when_half_of_it_has_left()
    {
        _pressure.Add(1_001);
        Assert.True(_pressure.Applies);
        var waiting = _pressure.WaitAsync(default).AsTask();

        _pressure.Remove(500);
        Assert.False(waiting.IsCompleted);
        _pressure.Remove(1);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(_pressure.Applies);
    }

    [Fact]
    public void Nothing_more_is_taken_than_the_memory_it_may_hold()
    {
        var pressure = new BackPressure(1_000, most: 10_000);
        var taken = 0;
        while (pressure.TryAdd(1))
            taken++;
        Assert.Equal(10_000 / (BackPressure.PerMessage + 1), taken);

        pressure.Remove(1);

        Assert.True(pressure.TryAdd(1));
        Assert.False(pressure.TryAdd(1));
        pressure.Remove(taken, taken);
        Assert.True(pressure.TryAdd(9_000));
        Assert.False(pressure.TryAdd(1_000));
    }

    [Fact]
    public void One_message_alone_is_taken_however_large()
    {
        var pressure = new BackPressure(1_000, most: 10_000);

        Assert.True(pressure.TryAdd(100_000));

        Assert.False(pressure.TryAdd(1));
        pressure.Remove(100_000);
        Assert.True(pressure.TryAdd(1));
    }

    [Fact]
    public async Task Workers_that_are_behind_make_it_full()
    {
        _pressure.Hold(true);
        Assert.True(_pressure.Applies);
        var waiting = _pressure.WaitAsync(default).AsTask();
        Assert.False(waiting.IsCompleted);

        _pressure.Hold(false);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_without_an_exception()
    {
        using var cancel = new CancellationTokenSource();
        _pressure.Add(2_000);
        var waiting = _pressure.WaitAsync(cancel.Token).AsTask();

        await cancel.CancelAsync();

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Nobody_waits_for_an_actor_that_has_stopped()
    {
        _pressure.Add(2_000);
        var waiting = _pressure.WaitAsync(default).AsTask();

        _pressure.End(true);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(_pressure.Applies);
    }

    [Fact]
    public async Task Who_comes_when_there_is_room_does_not_wait()
    {
        _pressure.Add(400);

        await _pressure.WaitAsync(default).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
