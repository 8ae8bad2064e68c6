using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>Several ask for a reload at any time, some reloads fail, and somebody waits for the end of all of them.</summary>
internal static class ReloadRace
{
    private const int Askers = 3;
    private const int Each = 2;

    public static async Task RunAsync(Race race)
    {
        var (begun, ended, running) = (0, 0, 0);
        var queue = new ReloadQueue(ReloadAsync);
        var asked = 0;
        for (var i = 0; i < Askers; i++)
            race.Start($"asker {i}", () => AskAsync(queue));
        await race.IdleAsync();

        race.Equal(begun, ended, "reloads that ended");
        race.Check(begun is >= 1 and <= Askers * Each, $"{begun} reloads");
        race.Start("asker at the end", () => AskAsync(queue));
        race.Start("end", async () =>
        {
            var before = asked;
            await queue.EndAsync();
            race.Check(running == 0 || asked > before, "a reload goes on behind the end");
        });
        await race.IdleAsync();

        async Task AskAsync(ReloadQueue queue)
        {
            for (var i = 0; i < Each; i++)
            {
                var before = begun;
                asked++;
                try
                {
                    await queue.RequestAsync();
                }
                catch (IOException)
                {
                    // That one failed.
                }

                race.Check(begun > before, "no reload began after it was asked for");
                race.Check(ended > before, "the reload has not ended");
            }
        }

        async Task<ReloadResult> ReloadAsync()
        {
            race.Check(running++ == 0, "two reloads at once");
            var number = ++begun;
            await Task.Yield();
            running--;
            ended++;
            return number % 3 == 0 ? throw new IOException("a worker did not start") : new ReloadResult(true, 1, "");
        }
    }
}
