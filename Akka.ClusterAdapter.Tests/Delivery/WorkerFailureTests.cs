namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>
/// What happens to messages and questions when something happens to one of three worker processes, while each of them broadcasts 200 times a second
/// to everybody. Only what docs/delivery.md leaves open may be missing, and nothing comes twice or in another order.
/// </summary>
[Collection(ThreeWorkers.Name)]
public sealed class WorkerFailureTests(ThreeWorkers cluster)
{
    /// <summary>A question that waits for a dead worker ends with the failure detector or with the requests-timeout: both take 5 s at least.</summary>
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(4);

    /// <summary>What was sent just before a process was killed or cut off may still have been on its way, in its buffers or to it.</summary>
    private static readonly TimeSpan JustBefore = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_killed_worker_holds_up_no_question_and_costs_the_others_no_message()
    {
        await using var load = await cluster.LoadAsync();
        var (killed, survivors) = (cluster.Workers[0], cluster.Workers[1..]);
        var before = await killed.InfoAsync();
        await using var first = new RequestStream(survivors[0]);
        await using var second = new RequestStream(survivors[1]);
        RequestStream[] streams = [first, second];
        await Eventually.TrueAsync(() => streams.All(stream => stream.Count > 60), "questions are answered");

        load.History.Allow(new AllowedLoss(killed.Number, null, load.History.Now - JustBefore));
        await ControlledWorker.SignalAsync("KILL", before.Pid);
        await GoneAsync(survivors, before);
        await cluster.WholeAsync();

        foreach (var stream in streams)
        {
            var questions = await stream.EndAsync();
            Assert.All(questions, question => Assert.True(question.IsAnswered, $"{question.Operation}: {question.Answer}"));
            Assert.InRange(questions.Max(question => question.Took) - stream.LongestStall, TimeSpan.MinValue, RequestLimit);
        }

        await load.EndsWithoutViolationAsync();
        await NothingPendingAsync(cluster.Workers);
    }

    [Fact]
    public async Task A_worker_that_joins_under_load_misses_nothing_once_it_takes_clients()
    {
        await using var load = await cluster.LoadAsync();
        var killed = cluster.Workers[2];
        var before = await killed.InfoAsync();

        var start = load.History.Now - JustBefore;
        await ControlledWorker.SignalAsync("KILL", before.Pid);
        load.History.Allow(new AllowedLoss(killed.Number, null, start, load.History.Now));
        await GoneAsync(cluster.Workers[..2], before);
        await cluster.WholeAsync();
        await load.FlowsAsync();

        var after = await killed.InfoAsync();
        Assert.NotEqual(before.Worker, after.Worker);
        Assert.Equal(0, after.Counters["gaps"]);
        await load.EndsWithoutViolationAsync();
    }

    [Fact]
    public async Task A_worker_that_stands_still_for_three_seconds_costs_nothing()
    {
        await using var load = await cluster.LoadAsync();
        var frozen = cluster.Workers[2];
        var before = await InfosAsync();

        await ControlledWorker.SignalAsync("STOP", before[2].Pid);
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        await ControlledWorker.SignalAsync("CONT", before[2].Pid);
        await load.FlowsAsync();

        await load.EndsWithoutViolationAsync();
        var after = await InfosAsync();
        Assert.Equal(before.Select(info => info.Worker), after.Select(info => info.Worker));
        Assert.Equal(before.Select(info => info.Counters["gaps"]), after.Select(info => info.Counters["gaps"]));
        Assert.Equal(2, (await frozen.InfoAsync()).Peers.Length);
    }

    [Fact]
    public async Task A_worker_that_stands_still_too_long_is_given_up_and_lets_its_clients_go()
    {
        await using var load = await cluster.LoadAsync();
        var (frozen, others) = (cluster.Workers[1], new[] { cluster.Workers[0], cluster.Workers[2] });
        var before = await frozen.InfoAsync();
        var itsSockets = load.Sockets().Where(socket => socket.Worker == frozen.Number).ToArray();
        var start = load.History.Now;

        await ControlledWorker.SignalAsync("STOP", before.Pid);
        load.History.Allow(new AllowedLoss(null, frozen.Number, start));
        load.History.Allow(new AllowedLoss(frozen.Number, null, start - JustBefore));
        await GoneAsync(others, before);
        await Eventually.TrueAsync(() => load.History.Now - start > TimeSpan.FromSeconds(15), "15 seconds");
        await ControlledWorker.SignalAsync("CONT", before.Pid);

        await EndedAsync(before, 1);
        await Eventually.TrueAsync(() => itsSockets.All(socket => socket.Ended is not null), "its clients are let go");
        await cluster.WholeAsync();
        await load.FlowsAsync();
        await load.EndsWithoutViolationAsync();
    }

    [Fact]
    public async Task A_worker_that_leaves_has_delivered_all_it_took()
    {
        await using var load = await cluster.LoadAsync();
        var (leaving, others) = (cluster.Workers[1], new[] { cluster.Workers[0], cluster.Workers[2] });
        var before = await leaving.InfoAsync();

        await leaving.DoAsync(new { op = "shutdown" });

        await GoneAsync(others, before);
        await EndedAsync(before, 0);
        await cluster.WholeAsync();
        await load.FlowsAsync();
        await load.EndsWithoutViolationAsync();
    }

    [Fact]
    public async Task After_a_short_partition_everything_arrives_again()
    {
        await using var load = await cluster.LoadAsync();
        var apart = cluster.Workers[2];
        var before = await InfosAsync();

        await CutAsync(load, apart, [.. before[..2].Select(info => info.Address)], TimeSpan.FromSeconds(2));
        await load.FlowsAsync();

        await load.EndsWithoutViolationAsync();
        var after = await InfosAsync();
        Assert.Equal(before.Select(info => info.Worker), after.Select(info => info.Worker));
        Assert.All(after, info => Assert.Equal(2, info.Peers.Length));
    }

    [Fact]
    public async Task After_a_long_partition_the_smaller_side_is_started_anew()
    {
        await using var load = await cluster.LoadAsync();
        var (apart, others) = (cluster.Workers[2], cluster.Workers[..2]);
        var before = await InfosAsync();
        var itsSockets = load.Sockets().Where(socket => socket.Worker == apart.Number).ToArray();

        load.History.Allow(new AllowedLoss(apart.Number, null, load.History.Now - JustBefore));
        load.History.Allow(new AllowedLoss(null, apart.Number, load.History.Now - JustBefore));
        foreach (var address in before[..2].Select(info => info.Address).Append(before[2].Supervisor!.Address))
            await apart.CutAsync(address);
        await GoneAsync(others, before[2]);

        await EndedAsync(before[2], 1);
        await Eventually.TrueAsync(() => itsSockets.All(socket => socket.Ended is not null), "its clients are let go");
        await cluster.WholeAsync();
        await load.FlowsAsync();
        await load.EndsWithoutViolationAsync();
    }

    private static async Task CutAsync(ClusterLoad load, ControlledWorker worker, string[] addresses, TimeSpan duration)
    {
        var start = load.History.Now;
        foreach (var address in addresses)
            await worker.CutAsync(address);
        await Task.Delay(duration, TimeProvider.System);
        foreach (var address in addresses)
            await worker.MendAsync(address);
        var end = load.History.Now;
        load.History.Allow(new AllowedLoss(worker.Number, null, start - JustBefore, end));
        load.History.Allow(new AllowedLoss(null, worker.Number, start - JustBefore, end));
    }

    /// <summary>The others have given a worker up for good.</summary>
    private static Task GoneAsync(IEnumerable<ControlledWorker> others, WorkerInfo gone) => Eventually.TrueAsync(async () =>
    {
        var infos = await Task.WhenAll(others.Select(other => other.InfoAsync()));
        return infos.All(info => !info.Peers.Contains(gone.Worker) && !info.Members.Any(member => member.Address == gone.Address && member.Status == "Up"));
    }, "the others go on without it");

    private Task EndedAsync(WorkerInfo worker, int code) => Eventually.TrueAsync(
        () => cluster.Server.Errors.Contains($"({worker.Pid}) ended with code {code}.", StringComparison.Ordinal),
        () => $"{worker.Pid} ends with an exit code of {code}; the server says of it: {cluster.Server.ErrorsOf(worker.Pid)}");

    private static Task NothingPendingAsync(IEnumerable<ControlledWorker> workers) => Eventually.TrueAsync(async () =>
    {
        var infos = await Task.WhenAll(workers.Select(worker => worker.InfoAsync()));
        return infos.All(info => info is { PendingRequests: 0, PendingAcks: 0 });
    }, "nothing is pending");

    private Task<WorkerInfo[]> InfosAsync() => Task.WhenAll(cluster.Workers.Select(worker => worker.InfoAsync()));
}
