using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A broadcast that is to be acknowledged goes out while clients come, answer, go, or say nothing until the time is over.</summary>
internal static class AckRace
{
    private const int Clients = 3;
    private const string Question = "[\"ask\"]";

    public static async Task RunAsync(Race race)
    {
        var bench = new ServerRace(race);
        var clients = Enumerable.Range(0, Clients).Select(_ => bench.Connect()).ToArray();
        foreach (var client in clients)
            client.Say("0");
        var (silent, answers) = (race.Random.Next(3) == 0, new List<int>());
        var (ended, isTimedOut) = (false, false);
        race.Start("server", async () =>
        {
            try
            {
                answers.AddRange(await bench.Server.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<int>("ask", []));
            }
            catch (AckTimeoutException e)
            {
                isTimedOut = true;
                answers.AddRange(e.Answers<int>());
            }

            ended = true;
        });
        var leaver = bench.Server.Sockets.Sockets[bench.Connected[1]];
        race.Start("server to the one that goes", async () =>
        {
            try
            {
                await leaver.EmitWithAckAsync<int>("alone", []);
                race.Check(false, "one that has gone has answered");
            }
            catch (OperationCanceledException)
            {
                // That is what it is told.
            }
        });
        for (var i = 0; i < Clients; i++)
        {
            var (client, number) = (clients[i], i);
            race.Start($"client {i}", async () =>
            {
                if (number == 1)
                    client.Session.Close(discard: true);
                if (number == 2 && silent)
                    return;

                // What it was asked, it answers, and more than once.
                string? asked;
                while ((asked = client.Got.Find(packet => packet.EndsWith(Question, StringComparison.Ordinal))) is null && client.Session.IsOpen && !ended)
                    await race.IdleAsync();
                var id = asked?[2..^Question.Length];
                client.Say($"3{id}[{number}]");
                client.Say($"3{id}[{number}]");
            });
        }

        await race.IdleAsync();
        await race.PassAsync(TimeSpan.FromSeconds(10));
        race.Check(ended, "it waits for ever");
        race.Equal(answers.Count, answers.Distinct().Count(), "answers");
        race.Equal(0, bench.Server.PendingAckCount, "acknowledgements that are owed");
        race.Equal(silent, isTimedOut, "its time was over");
        race.Check(answers.Contains(0) || isTimedOut, "an answer is missing");
        foreach (var client in clients)
            client.Session.Close(discard: true);
        await race.IdleAsync();
        await bench.EndAsync();
    }
}
