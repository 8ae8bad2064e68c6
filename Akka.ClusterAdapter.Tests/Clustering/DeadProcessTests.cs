using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Members whose process has ended without a word: as long as they count, nobody new gets into the cluster.</summary>
public sealed class DeadProcessTests : IAsyncLifetime
{
    // Neither the failure detector nor the split-brain resolver have a say, and nobody is let in meanwhile.
    private const string Alone =
        """
        akka.cluster.failure-detector.acceptable-heartbeat-pause = 600s
        akka.cluster.allow-weakly-up-members = off
        akka.cluster-adapter.ready-timeout = 600s
        """;

    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task A_dead_emitter_holds_up_no_new_worker()
    {
        await _systems.AddWorkersAsync(2, overrides: Alone);
        var emitter = _systems.AddEmitter(Alone);
        await Eventually.TrueAsync(() => emitter.IsReady);

        ((ExtendedActorSystem)_systems.All[^1]).Abort();
        var newcomer = _systems.AddWorker(overrides: Alone);

        await Eventually.TrueAsync(() => newcomer.Extension is { IsReady: true, IsDegraded: false, ServerCount: 3 });
    }

    [Fact]
    public async Task Nor_does_a_dead_worker()
    {
        var workers = await _systems.AddWorkersAsync(3, overrides: Alone);

        ((ExtendedActorSystem)workers[1].System).Abort();
        var newcomer = _systems.AddWorker(overrides: Alone);

        await Eventually.TrueAsync(() => newcomer.Extension is { IsReady: true, IsDegraded: false, ServerCount: 3 });
        Assert.False(workers[0].Extension.Terminated.IsCompleted);
    }

    [Fact]
    public async Task That_a_worker_which_leaves_is_gone_is_no_warning()
    {
        var workers = await _systems.AddWorkersAsync(3, overrides: Alone + "\nakka.loglevel = INFO");
        using var inbox = Inbox.Create(workers[0].System);
        workers[0].System.EventStream.Subscribe(inbox.Receiver, typeof(LogEvent));

        await workers[1].Extension.DrainAsync();
        ((ExtendedActorSystem)workers[1].System).Abort();
        ((ExtendedActorSystem)workers[2].System).Abort();

        var told = new List<(LogLevel Level, bool IsLeaving)>();
        while (told.Count < 2)
        {
            var log = (LogEvent)inbox.Receive(TimeSpan.FromSeconds(30));
            var text = log.Message.ToString()!;
            if (text.StartsWith("The link to worker", StringComparison.Ordinal))
                told.Add((log.LogLevel(), text.Contains("leaves", StringComparison.Ordinal)));
        }

        Assert.Equal([(LogLevel.InfoLevel, true), (LogLevel.WarningLevel, false)], told.OrderBy(static each => each.Level));
    }

    [Fact]
    public async Task A_port_that_nobody_listens_at_is_told_from_one_that_somebody_does()
    {
        var open = AkkaCluster.Get(_systems.Add()).SelfAddress;
        var free = FreePorts.Take(1)[0];

        Assert.False(await RefusedPort.AskAsync(open));
        Assert.True(await RefusedPort.IsOpenAsync(open));
        Assert.True(await RefusedPort.AskAsync(open.WithPort(free)));
        Assert.False(await RefusedPort.IsOpenAsync(open.WithPort(free)));
        Assert.False(await RefusedPort.AskAsync(open.WithHost("no.such.host.invalid")));
    }
}
