using Akka.ClusterAdapter.Engine;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A client polls while messages are sent, the session is closed, the client hangs up, or a second GET overlaps the first.</summary>
internal static class PollRace
{
    private const int Messages = 3;

    public static async Task RunAsync(Race race)
    {
        var bench = new EngineRace(race);
        var session = bench.OpenPolling();
        var (sent, got) = (new List<string>(), new List<string>());
        var (hangsUp, overlaps, discards) = (race.Random.Next(4) == 0, race.Random.Next(4) == 0, race.Random.Next(4) == 0);
        var polls = new List<RaceRequest>();
        race.Start("client", () => PollAsync(bench.Engine, session, polls, got));
        race.Start("sender", () =>
        {
            for (var i = 0; i < Messages; i++)
            {
                if (session.TrySend(EngineRace.Message($"{i}")))
                    sent.Add($"4{i}");
            }
        });
        race.Start("closer", () => session.Close(discards));
        if (hangsUp)
            race.Start("hang-up", () => polls.FirstOrDefault()?.HangUp());
        var other = RaceRequest.Poll(session);
        if (overlaps)
            race.Start("second poll", () => other.RunAsync(bench.Engine));
        await race.IdleAsync();

        // A poll that never comes again.
        await race.PassAsync(TimeSpan.FromMinutes(3));
        race.Check(polls.Sum(poll => poll.Strays) == 0, "a poll was touched when it was over");
        race.Check(polls.TrueForAll(poll => poll.Handled.IsCompletedSuccessfully), "a poll is not answered");
        var messages = got.Where(packet => packet[0] == '4').ToList();
        if (!hangsUp && !overlaps && !discards)
        {
            race.Check(messages.SequenceEqual(sent), $"{string.Join(' ', sent)} was sent, {string.Join(' ', got)} came");
            race.Equal("1", got[^1], "the last packet");
            race.Equal(1, got.Count(packet => packet == "1"), "close packets");
        }

        race.Check(messages.Distinct().Count() == messages.Count, "a message came twice");
        await bench.EndAsync();
    }

    private static async Task PollAsync(EngineServer engine, EngineSocket session, List<RaceRequest> polls, List<string> got)
    {
        while (true)
        {
            var poll = RaceRequest.Poll(session);
            polls.Add(poll);
            await poll.RunAsync(engine);
            got.AddRange(poll.Packets);
            if (poll.Status != 200 || poll.Packets.Length == 0 || poll.Packets.Contains("1"))
                return;
        }
    }
}
