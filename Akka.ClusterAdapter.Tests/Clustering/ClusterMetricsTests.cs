using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>What the instruments say of a cluster is what its workers count, and what its clients saw.</summary>
public sealed class ClusterMetricsTests
{
    [Fact]
    public async Task Numbers_of_the_cluster_equal_its_counters()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(3, _ => { });
        using var seen = new MeterRecorder(cluster[0].Services);
        var extension = Assert.IsType<AkkaClusterAdapterFactory>(cluster[0].Server.Adapters).Extension;

        for (var i = 0; i < 5; i++)
            await cluster[0].Server.EmitAsync("news", i);
        Assert.Equal(3, (await cluster[0].Server.ServerCountAsync()));
        _ = await cluster[0].Server.FetchSocketsAsync();
        await Eventually.TrueAsync(
            () =>
            {
                seen.Look();
                return extension.Counters.All(counter => seen[Name(counter.Key)] == counter.Value)
                    && seen["socketio.cluster.requests.pending"] == 0 && seen["socketio.cluster.handed_over"] == 0;
            },
            () => string.Join(", ", extension.Counters.Where(counter => seen[Name(counter.Key)] != counter.Value)));

        Assert.True(seen["socketio.cluster.published"] >= 5);
        Assert.True(seen["socketio.cluster.published_bytes"] > 5 * 20);
        Assert.True(seen["socketio.cluster.requests"] >= 1);
        Assert.Equal(
            (3, 0, 1),
            (seen["socketio.cluster.workers{state=confirmed}"], seen["socketio.cluster.workers{state=unconfirmed}"], seen["socketio.cluster.ready"]));
        Assert.Equal((0, 0), (seen["socketio.cluster.window.waiting"], seen["socketio.cluster.reassembly"]));
        Assert.InRange(seen["socketio.cluster.window.fill"], 0, 0.5);

        static string Name(string counter) => "socketio.cluster." + counter.Replace('-', '_');
    }

    [Fact]
    public async Task What_one_worker_says_that_it_sent_the_others_say_that_they_got_and_their_clients_got_it()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(3, _ => { });
        var seen = cluster.Workers.Select(worker => new MeterRecorder(worker.Services)).ToArray();
        await using var bob = await cluster[1].ConnectAsync();
        await using var eve = await cluster[2].ConnectAsync();
        foreach (var each in seen)
            each.Look();
        var (published, bytes) = (seen[0]["socketio.cluster.published"], seen[0]["socketio.cluster.published_bytes"]);
        var before = seen.Select(each => (each["socketio.cluster.received"], each["socketio.cluster.received_bytes"])).ToArray();

        for (var i = 0; i < 10; i++)
            await cluster[0].Server.EmitAsync("news", new string('x', i < 9 ? 100 : 200_000));
        await Eventually.TrueAsync(() => bob.Received.Count == 10 && eve.Received.Count == 10);
        foreach (var each in seen)
            each.Look();

        Assert.All(new[] { 1, 2 }, worker => Assert.Equal(
            (seen[0]["socketio.cluster.published"] - published, seen[0]["socketio.cluster.published_bytes"] - bytes),
            (seen[worker]["socketio.cluster.received"] - before[worker].Item1, seen[worker]["socketio.cluster.received_bytes"] - before[worker].Item2)));
        Assert.True(seen[0]["socketio.cluster.published"] - published > 10, "The last one left in chunks.");
        Assert.Equal(
            (10, 10), (seen[0]["socketio.broadcasts{scope=cluster,namespace=/}"], seen[1].Counts["socketio.server.broadcast.recipients{namespace=/}"]));
        Assert.Equal(10, seen[1]["socketio.server.broadcast.recipients{namespace=/}"]);
        foreach (var each in seen)
            each.Dispose();
    }

    [Fact]
    public async Task Questions_are_timed_by_kind_and_outcome_and_each_that_is_counted_is()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(2, io => io.OnServerSide("load", () => 7));
        await using var bob = await cluster[1].ConnectAsync();
        using var seen = new MeterRecorder(cluster[0].Services);
        var before = seen.Look()["socketio.cluster.requests"];

        _ = await cluster[0].Server.FetchSocketsAsync();
        _ = await cluster[0].Server.ServerSideEmitWithAckAsync<int>("load", []);
        await Assert.ThrowsAsync<ClusterRequestTimeoutException>(
            () => cluster[0].Server.ServerSideEmitWithAckAsync<int>("nobody", [], TimeSpan.FromMilliseconds(50)));
        await Assert.ThrowsAsync<AckTimeoutException>(() => cluster[0].Server.Timeout(TimeSpan.FromMilliseconds(50)).EmitWithAckAsync<int>("how", []));
        using var over = new CancellationTokenSource();
        var cancelled = cluster[0].Server.EmitWithAckAsync<int>("how", [], over.Token);
        await Eventually.TrueAsync(() => cluster[1].Server.PendingAckCount == 1);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await Eventually.TrueAsync(() => seen.CountsOf("socketio.cluster.request.duration").Count() == 5, seen.ToString);

        Assert.Equal(
            [
                "{kind=ask,outcome=cancelled} 1", "{kind=ask,outcome=timed-out} 1", "{kind=fetchSockets,outcome=answered} 1",
                "{kind=serverSideEmit,outcome=answered} 1",
                "{kind=serverSideEmit,outcome=timed-out} 1",
            ],
            seen.CountsOf("socketio.cluster.request.duration"));
        Assert.Equal(5, seen.Look()["socketio.cluster.requests"] - before);
    }

    [Fact]
    public async Task The_time_to_another_worker_is_measured_once_somebody_listens_without_a_message_to_it()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(3, _ => { }, options => options.Hocon = "akka.cluster-adapter.beat-interval = 100ms");
        using var seen = new MeterRecorder(cluster[0].Services);

        await Eventually.TrueAsync(() => seen.Counts.GetValueOrDefault("socketio.cluster.latency") >= 6, seen.ToString);

        Assert.InRange(seen["socketio.cluster.latency"] / seen.Counts["socketio.cluster.latency"], 0, 5);
    }

    [Fact]
    public async Task A_worker_that_goes_is_seen_to_go()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(3, _ => { });
        using var seen = new MeterRecorder(cluster[0].Services);

        await cluster.StopWorkerAsync(cluster[2]);
        seen.Look();

        Assert.Equal((2, 1), (seen["socketio.cluster.workers{state=confirmed}"], seen["socketio.cluster.peers_gone"]));
        Assert.Equal(0, seen["socketio.cluster.gaps"]);
    }

    [Fact]
    public async Task An_emitter_shows_its_numbers_on_its_applications_meters_and_each_once()
    {
        var systems = new TestSystems();
        var worker = Assert.Single(await systems.AddWorkersAsync(1));
        await worker.Host.ConnectAsync("s");
        var system = systems.Add();
        var services = new ServiceCollection().AddMetrics().AddSingleton(system).AddSocketIOEmitter().BuildServiceProvider();
        using var seen = new MeterRecorder(services);
        var emitter = services.GetRequiredService<SocketIOEmitter>();
        systems.Join(system);
        Assert.True(await emitter.WaitUntilReadyAsync());

        await emitter.EmitAsync("news");
        await Eventually.TrueAsync(() => worker.Host.Deliveries.Count == 1);
        var twice = new List<double>();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "socketio.cluster.ready" && ReferenceEquals(instrument.Meter.Scope, meters))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => twice.Add(value));
        listener.Start();
        listener.RecordObservableInstruments();
        seen.Look();

        Assert.Equal((1, 1), (seen["socketio.cluster.published"], seen["socketio.broadcasts{scope=cluster,namespace=/}"]));
        Assert.Single(twice);
        await services.DisposeAsync();
        await systems.EndAsync();
    }
}
