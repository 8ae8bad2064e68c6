using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Emitters;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Settings;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>In virtual time, without a cluster.</summary>
public sealed class EmitterGateTests
{
    private static readonly ClusterAdapterSettings Settings = ClusterAdapterSettings.Read(ClusterAdapterExtension.DefaultConfig);

    private readonly FakeTimeProvider _time = new();
    private readonly List<int> _passed = [];
    private readonly ClusterState _state;
    private readonly EmitterGate _gate;

    public EmitterGateTests()
    {
        _state = new ClusterState("emitter", isClustered: true, Settings, _time) { IsEmitter = true };
        _gate = new EmitterGate(_state);
    }

    [Fact]
    public async Task Calls_wait_and_pass_in_their_order()
    {
        var calls = Enumerable.Range(0, 50).Select(i => Call(i)).ToArray();
        Assert.Empty(_passed);

        _state.Readiness.Set(degraded: false);
        await Task.WhenAll(calls);
        await Call(50);

        Assert.Equal(Enumerable.Range(0, 51), _passed);
    }

    [Fact]
    public async Task A_call_waits_for_those_before_it_to_be_handed_on_and_not_for_their_answers()
    {
        var answer = new TaskCompletionSource<int>();
        var asking = _gate.RunAsync(() => answer.Task, 0, CancellationToken.None);
        var next = Call(1);

        _state.Readiness.Set(degraded: false);
        await next;

        Assert.False(asking.IsCompleted);
        answer.SetResult(7);
        Assert.Equal(7, await asking);
    }

    [Fact]
    public async Task All_that_wait_end_together_when_the_time_is_over_and_nothing_is_sent()
    {
        var calls = new[] { Call(0), Call(1), Call(2) };

        _time.Advance(2 * Settings.ReadyTimeout);

        foreach (var call in calls)
            await Assert.ThrowsAsync<TimeoutException>(() => call);
        _state.Readiness.Set(degraded: false);
        await Call(3);
        Assert.Equal([3], _passed);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_lets_nobody_overtake()
    {
        using var cancel = new CancellationTokenSource();
        var first = Call(0);
        var second = Call(1, cancel.Token);
        var third = Call(2);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        _state.Readiness.Set(degraded: false);
        await Task.WhenAll(first, third);

        Assert.Equal([0, 2], _passed);
    }

    [Fact]
    public async Task What_a_call_throws_is_its_own()
    {
        var failing = _gate.RunAsync<int>(() => throw new ArgumentException("reserved"), 0, CancellationToken.None);
        var next = Call(1);

        _state.Readiness.Set(degraded: false);

        await Assert.ThrowsAsync<ArgumentException>(() => failing);
        await next;
        Assert.Equal([1], _passed);
    }

    [Fact]
    public async Task The_end_is_told_to_those_who_wait_and_to_those_who_come()
    {
        var waiting = Call(0);

        _state.Readiness.End("It does not fit.");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => waiting);
        Assert.IsNotType<ObjectDisposedException>(refused);
        _state.Leave("It has left.");

        Assert.Equal("It does not fit.", refused.Message);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Call(1));
        Assert.Empty(_passed);
    }

    [Fact]
    public async Task A_worker_does_not_wait()
    {
        _state.IsWorker = true;

        await Call(0);

        Assert.Equal([0], _passed);
    }

    private async Task Call(int number, CancellationToken ct = default) => await _gate.RunAsync(
        () =>
        {
            _passed.Add(number);
            return Task.FromResult(number);
        },
        0,
        ct);
}
