using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Forwarding;
using Akka.ClusterAdapter.Tests.Clustering;
using Microsoft.Extensions.Logging.Abstractions;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Gateway;

public sealed class TagCollisionTests : IAsyncLifetime
{
    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task The_younger_of_two_workers_with_one_tag_takes_another()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var members = workers.Select(worker => AkkaCluster.Get(worker.System).SelfMember).ToArray();
        var (older, younger) = members[0].IsOlderThan(members[1]) ? (workers[0], workers[1]) : (workers[1], workers[0]);
        var draws = new Dictionary<Worker, int> { [older] = 0, [younger] = 0 };
        foreach (var worker in workers)
        {
            worker.Extension.State.TagTaken = () =>
            {
                draws[worker]++;
                worker.Extension.Announce($"00000{draws[worker] + 1}", "http://127.0.0.1:1");
            };
            worker.Extension.Announce("000001", "http://127.0.0.1:1");
        }

        var directory = new WorkerDirectory(older.Extension.State);
        await Eventually.TrueAsync(() => directory.Find(2)?.Id == younger.Extension.WorkerId, "the younger worker's new tag");

        Assert.Equal(0, draws[older]);
        Assert.Equal(1, draws[younger]);
        Assert.Equal(1, younger.Counter(PeerCounter.TagCollisions));
        await Eventually.TrueAsync(() => new WorkerDirectory(younger.Extension.State).Find(1)?.Id == older.Extension.WorkerId, "the older worker's tag");
    }

    [Fact]
    public async Task A_drawn_tag_is_another_one_and_in_new_ids()
    {
        await using var engine = new EngineServer(new(), new Engine.RecordingHandler(), TimeProvider.System, NullLoggerFactory.Instance);
        var old = engine.Tag;

        var drawn = engine.Others.DrawTag();

        Assert.NotEqual(old, drawn);
        Assert.Equal(drawn, engine.Tag);
        Assert.InRange(drawn, 0, SessionId.TagCount - 1);
    }

    [Fact]
    public async Task A_worker_that_was_forgotten_is_in_no_directory()
    {
        var workers = await _systems.AddWorkersAsync(2);
        workers[1].Extension.Announce("00000a", "http://127.0.0.1:1");
        var directory = new WorkerDirectory(workers[0].Extension.State);
        await Eventually.TrueAsync(() => directory.Find(10) is not null, "the worker's entry");

        await workers[1].System.Terminate();

        await Eventually.TrueAsync(() => directory.Find(10) is null, "the end of the worker's entry");
    }
}
