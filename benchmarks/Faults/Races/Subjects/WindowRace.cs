namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>Callers send more than fits into the windows of two workers, and wait when they are told to.</summary>
internal static class WindowRace
{
    private const int Callers = 3;
    private const int Each = 5;

    public static async Task RunAsync(Race race)
    {
        var bench = new FlowBench(race);
        for (var i = 0; i < Callers; i++)
        {
            race.Start($"caller {i}", async () =>
            {
                for (var j = 0; j < Each; j++)
                {
                    bench.Pressure.Add(FlowBench.Size);
                    bench.Sender.Tell(FlowBench.Message());
                    if (bench.Pressure.Applies)
                        await bench.Pressure.WaitAsync(default);
                }
            });
        }

        await race.IdleAsync();
        race.Equal((long)Callers * Each, bench.Sent, "messages that were sent");
        bench.CheckEnd();
    }
}

/// <summary>A worker sends so much that it changes from the topic to direct messages and back, in every order in which they may come.</summary>
internal static class WayRace
{
    private const int Messages = 16;

    public static async Task RunAsync(Race race)
    {
        var bench = new FlowBench(race);
        race.Start("caller", async () =>
        {
            for (var i = 0; i < Messages; i++)
            {
                bench.Pressure.Add(FlowBench.Size);
                bench.Sender.Tell(FlowBench.Message());

                // Sometimes the others are quick, and the topic is used again.
                if (race.Random.Next(4) == 0)
                    await race.IdleAsync();
            }
        });
        race.Start("beats", async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                bench.Sender.Tell("beat");
                await Task.Yield();
            }
        });
        await race.IdleAsync();
        while (bench.Sent < Messages)
            await race.IdleAsync();
        bench.CheckEnd();
    }
}
