namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A server stops, gently or not, while handlers of its clients begin, run and end.</summary>
internal static class DrainRace
{
    private const int Clients = 2;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(Race race)
    {
        var bench = new ServerRace(race);
        var (begun, done, gates) = (0, 0, new List<TaskCompletionSource>());
        bench.Server.On("work", async () =>
        {
            begun++;
            var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gates.Add(gate);
            await gate.Task;
            done++;
            return "done";
        });
        var clients = Enumerable.Range(0, Clients).Select(_ => bench.Connect()).ToArray();
        foreach (var client in clients)
        {
            race.Start("client", () =>
            {
                client.Say("0");
                client.Say("21[\"work\"]");
                client.Say("22[\"work\"]");
            });
        }

        var (ends, stays) = (race.Random.Next(4), race.Random.Next(4) == 0);
        var (draining, closing) = (Task.CompletedTask, Task.CompletedTask);
        using var hurry = new CancellationTokenSource();
        if (ends < 3)
            race.Start("drain", () => draining = bench.Server.DrainAsync(hurry.Token));
        if (ends > 1)
            race.Start("close", () => closing = bench.Server.CloseAsync().AsTask());
        if (ends == 1)
            race.Start("hurry", hurry.Cancel);
        race.Start("work", async () =>
        {
            for (var i = 0; i < 4 && !stays; i++)
            {
                gates.ForEach(gate => gate.TrySetResult());
                await Task.Yield();
            }
        });
        for (var look = 0; look < 400 && (look == 0 || !draining.IsCompleted || !closing.IsCompleted); look++)
        {
            await race.IdleAsync();
            race.Time.Advance(Look);
        }

        race.Check(draining.IsCompletedSuccessfully && closing.IsCompletedSuccessfully, "it does not end");
        gates.ForEach(gate => gate.TrySetResult());
        await race.IdleAsync();
        race.Equal(begun, done, "handlers that ended");
        foreach (var client in clients)
            race.Check(client.Got.Count(packet => packet.StartsWith("43", StringComparison.Ordinal)) is var answers && answers <= 2, $"{answers} answers");
        await bench.EndAsync();
    }
}
