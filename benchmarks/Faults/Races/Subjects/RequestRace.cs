using System.Globalization;
using System.Reflection;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>Answers in parts, a worker that goes, the end of the time and a cancellation reach the actor of one request in every order.</summary>
internal static class RequestRace
{
    private const long Request = 5;
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);
    private static readonly Dictionary<long, string> Workers = new() { [1] = "one", [2] = "two", [3] = "three" };
    private static readonly object TimeOver =
        typeof(RequestAggregator).GetNestedType("Deadline", BindingFlags.NonPublic)!.GetField("Instance")!.GetValue(null)!;

    public static async Task RunAsync(Race race)
    {
        var replies = new List<ClusterReply<SocketDetails>>();
        var requester = new RaceActor(race, "who asks", reply => replies.Add((ClusterReply<SocketDetails>)reply));
        var aggregator = await ControlledDispatcher.StartAsync(race, RequestAggregator.Props(new AggregatorContext(new PeerCounters(), 1_000_000)));
        var request = new FetchSockets("/", Request, Never, BroadcastOptions.All);
        aggregator.Tell(new GatherRequest(request, AnswerCollector.For(request, Workers, null), requester), ActorRefs.NoSender);
        var (goes, timesOut, cancels) = (race.Random.Next(2) == 0, race.Random.Next(3) == 0, race.Random.Next(4) == 0);
        race.Start("worker one", () => Tell(Part(1, 0, 2, "a"), Part(1, 1, 2, "b"), Part(1, 1, 2, "b")));
        race.Start("worker two", () => Tell(Part(2, 1, 2, "d"), Part(2, 0, 2, "c")));
        race.Start("worker three", () => Tell(Part(3, 0, 2, "e"), Part(3, 1, 2, "f")));
        if (goes)
            race.Start("the cluster", () => Tell(new PeerGone(3)));
        if (race.Random.Next(4) == 0)
            race.Start("a stranger", () => Tell(Part(4, 0, 1, "stranger"), new PeerGone(4)));
        if (timesOut)
            race.Start("clock", () => aggregator.Tell(TimeOver, ActorRefs.NoSender));
        if (cancels)
            race.Start("who asked", () => aggregator.Tell(new CancelRequest(Request), ActorRefs.NoSender));
        await race.IdleAsync();

        race.Check(replies.Count == 1 || (cancels && replies.Count == 0), $"{replies.Count} replies");
        var reply = replies.FirstOrDefault();
        await NextAsync(race, aggregator, requester);
        var next = replies.LastOrDefault();
        var answers = string.Concat((next?.Answers ?? []).Select(static it => it.Id).Order(StringComparer.Ordinal));
        race.Check(next is { IsTimedOut: false } && answers == "123", $"the next request has {answers}, not its own three answers");
        if (reply is null)
            return;
        var ids = reply.Answers.Select(socket => socket.Id).ToList();
        race.Equal(ids.Count, ids.Distinct().Count(), "sockets");
        race.Check(!ids.Contains("stranger"), "a stranger's answer counts");
        race.Check(reply.IsTimedOut == (reply.MissingWorkers.Count > 0) && (timesOut || !reply.IsTimedOut), "it is timed out");
        race.Check(reply.LostWorkers.Count == 0 || (goes && reply.LostWorkers[0] == "three"), "a worker is lost that is there");
        race.Check(reply.LostWorkers.Count == 0 || !ids.Contains("f"), "a worker is lost whose answer is complete");
        race.Check(timesOut || ids.Count == 6 || (reply.LostWorkers.Count > 0 && ids.Count >= 4), $"{string.Join(' ', ids)} came");

        void Tell(params IEnumerable<object> messages)
        {
            foreach (var message in messages)
                aggregator.Tell(message, ActorRefs.NoSender);
        }
    }

    /// <summary>The same aggregator gathers for the next request, while what belongs to the first still comes.</summary>
    private static async Task NextAsync(Race race, IActorRef aggregator, IActorRef requester)
    {
        var request = new FetchSockets("/", Request + 1, Never, BroadcastOptions.All);
        aggregator.Tell(new GatherRequest(request, AnswerCollector.For(request, Workers, null), requester), ActorRefs.NoSender);
        foreach (var origin in Workers.Keys)
        {
            race.Start(Workers[origin], () =>
            {
                aggregator.Tell(Part(origin, 0, 1, "late"), ActorRefs.NoSender);
                aggregator.Tell(Part(origin, 0, 1, origin.ToString(CultureInfo.InvariantCulture), Request + 1), ActorRefs.NoSender);
            });
        }

        race.Start("who asked first", () => aggregator.Tell(new CancelRequest(Request), ActorRefs.NoSender));
        await race.IdleAsync();
        aggregator.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        await race.IdleAsync();
    }

    private static SocketsPart Part(long origin, int index, int count, string id, long request = Request) =>
        new(origin, request, index, count, [new SocketDetails(id, "", [], default, default)]);
}
