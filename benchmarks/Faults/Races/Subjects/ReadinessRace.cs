using Akka.ClusterAdapter.Clustering.Membership;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>The adapter actor says that the worker is ready, is not, and perhaps never will be again, while others wait for it and its time is over.</summary>
internal static class ReadinessRace
{
    private const int Waiters = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Race race)
    {
        var readiness = new Readiness(race.Time);
        var (ends, answers) = (race.Random.Next(2) == 0, new List<bool>());
        race.Start("actor", () =>
        {
            readiness.Set(degraded: true);
            readiness.Clear();
            readiness.Set(degraded: false);
            if (!ends)
                return;
            readiness.End("over");
            readiness.Set(degraded: false);
        });
        for (var i = 0; i < Waiters; i++)
        {
            race.Start($"waiter {i}", async () =>
            {
                var (wasEnded, isReady) = (readiness.EndedBecause is not null, await readiness.WaitAsync(Limit, default));
                race.Check(!(wasEnded && isReady), "it was over before the wait began, and is ready");
                answers.Add(isReady);
            });
        }

        if (race.Random.Next(2) == 0)
            race.Start("another end", () => readiness.End("another reason"));
        await race.IdleAsync();

        // Nobody's time has passed: whoever waits waits in vain.
        race.Equal(Waiters, answers.Count, "answers");
        var isOver = readiness.EndedBecause is not null;
        race.Equal(!isOver, readiness.IsReady, "ready");
        race.Check(!readiness.IsDegraded, "degraded");
        race.Check(isOver || !answers.Contains(false), "it is not over, and somebody was told so");
        race.Equal(!isOver, await readiness.WaitAsync(TimeSpan.Zero, default), "the answer at the end");
    }
}
