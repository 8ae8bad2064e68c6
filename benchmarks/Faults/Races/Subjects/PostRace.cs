namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A POST comes in parts while its client hangs up, its session ends, and the next POST comes.</summary>
internal static class PostRace
{
    public static async Task RunAsync(Race race)
    {
        var bench = new EngineRace(race);
        var session = bench.OpenPolling();
        var (ends, hangsUp) = (race.Random.Next(5), race.Random.Next(3) == 0);
        var (first, second) = (RaceRequest.Post(session), RaceRequest.Post(session));
        if (race.Random.Next(2) == 0)
            bench.OnMessage = (socket, text) => socket.TrySend(EngineRace.Message(text));
        race.Start("first POST", () => first.RunAsync(bench.Engine));
        race.Start("its body", () =>
        {
            first.Send("4a\u001e", isLast: false);
            first.Send("4b", isLast: true);
        });
        if (race.Random.Next(2) == 0)
        {
            second.Send("4c", isLast: true);
            race.Start("second POST", () => second.RunAsync(bench.Engine));
        }

        if (hangsUp)
            race.Start("hang-up", first.HangUp);
        if (ends < 3)
            race.Start("closer", () => session.Close(discard: ends > 0));
        if (ends == 3)
            race.Start("stopper", () => bench.Engine.DisposeAsync().AsTask());
        await race.IdleAsync();

        race.Check(first.Handled.IsCompletedSuccessfully && second.Handled.IsCompletedSuccessfully, "a POST is not answered");
        race.Equal(0, first.Strays + second.Strays, "times that a POST was touched when it was over");
        race.Equal(bench.Received.Count, bench.Received.Distinct().Count(), "messages");
        race.Check(bench.Received.IndexOf("b") is var b && (b < 0 || b > bench.Received.IndexOf("a")), "messages in another order");
        if (first.Status == 200 && !first.IsCut && bench.Closed == 0 && ends == 4)
            race.Check(bench.Received.Contains("a") && bench.Received.Contains("b"), "what was answered ok did not arrive");
        race.Check(session.Polling!.Posts.Current is null, "a POST is still in progress");
        await race.PassAsync(TimeSpan.FromMinutes(3));
        race.Equal(0L, bench.Engine.Incomplete.Bytes, "bytes of incomplete messages");
        await bench.EndAsync();
    }
}
