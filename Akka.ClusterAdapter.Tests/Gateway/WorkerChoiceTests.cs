using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Gateway;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Gateway;

public sealed class WorkerChoiceTests
{
    private static readonly HashSet<WatchedWorker> None = [];

    [Fact]
    public void The_worker_with_the_fewest_sessions_is_chosen()
    {
        WatchedWorker[] workers = [Worker("a", 30), Worker("b", 10), Worker("c", 20)];
        var choice = new WorkerChoice(BalancingPolicy.LeastConnections);

        for (var i = 0; i < 30; i++)
            choice.Choose(workers, None)!.Assign();

        Assert.Equal([30, 30, 30], workers.Select(worker => (int)worker.Load));
    }

    [Fact]
    public void What_was_sent_to_a_worker_after_it_was_asked_counts_until_it_tells_again()
    {
        var worker = Worker("a", 0);
        worker.Assign();
        worker.Ask();
        worker.Assign();
        worker.Assign();

        worker.Report(Status("a", 1));

        Assert.Equal(3, worker.Load);
    }

    [Fact]
    public void Round_robin_takes_turns()
    {
        WatchedWorker[] workers = [Worker("a", 9), Worker("b", 0), Worker("c", 5)];
        var choice = new WorkerChoice(BalancingPolicy.RoundRobin);

        var chosen = Enumerable.Range(0, 6).Select(_ => choice.Choose(workers, None)!.Id);

        Assert.Equal(["a", "b", "c", "a", "b", "c"], chosen);
    }

    [Fact]
    public void Random_reaches_all()
    {
        WatchedWorker[] workers = [Worker("a", 9), Worker("b", 0)];
        var choice = new WorkerChoice(BalancingPolicy.Random);

        var chosen = Enumerable.Range(0, 200).Select(_ => choice.Choose(workers, None)!.Id).Distinct().Order();

        Assert.Equal(["a", "b"], chosen);
    }

    [Fact]
    public void Workers_that_cannot_take_it_are_left_out()
    {
        var leaving = Worker("leaving", 0);
        leaving.Report(Status("leaving", 0, isReady: false));
        var unreachable = Worker("unreachable", 0);
        unreachable.IsReachable = false;
        var silent = Worker("silent", 0);
        silent.Doubt();
        var hidden = Worker("hidden", 0);
        hidden.Report(Status("hidden", 0, url: ""));
        var tried = Worker("tried", 0);
        var good = Worker("good", 100);
        var choice = new WorkerChoice(BalancingPolicy.LeastConnections);
        WatchedWorker[] all = [leaving, unreachable, silent, hidden, tried, new("unknown"), good];

        Assert.Same(good, choice.Choose(all, new HashSet<WatchedWorker> { tried }));
        Assert.Null(choice.Choose(all, new HashSet<WatchedWorker> { tried, good }));
    }

    private static WatchedWorker Worker(string id, int sessions)
    {
        var worker = new WatchedWorker(id);
        worker.Ask();
        worker.Report(Status(id, sessions));
        return worker;
    }

    private static WorkerStatus Status(string id, int sessions, bool isReady = true, string url = "http://127.0.0.1:1") =>
        new(1, id, new PeerCard { Tag = "000001", Url = url, ForwardToken = "t" }, sessions, isReady);
}
