using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>Deadlines are set, put off, called off and ended on several threads while their time comes.</summary>
internal static class DeadlineRace
{
    private const int Deadlines = 2;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(Race race)
    {
        using var queue = new DeadlineQueue(race.Time, new Guard(race));
        var (expired, all, ended) = (0, new List<Deadline>(), new List<Deadline>());
        for (var i = 0; i < Deadlines; i++)
        {
            var deadline = queue.Create("race", static expire => expire(), () => expired++);
            all.Add(deadline);
            race.Start("setter", () =>
            {
                deadline.Set(3 * Second);
                deadline.Set(1 * Second);
                deadline.Set(2 * Second);
            });
            race.Start("another setter", () =>
            {
                deadline.Begin(2 * Second);
                if (race.Random.Next(2) == 0)
                    deadline.Clear();
                deadline.Begin(1 * Second);
            });
            if (race.Random.Next(3) == 0)
            {
                race.Start("end", () =>
                {
                    deadline.End();
                    ended.Add(deadline);
                });
            }
        }

        race.Start("clock", () =>
        {
            for (var i = 0; i < 3; i++)
                race.Time.Advance(Second);
        });
        await race.IdleAsync();

        // Whatever is set now has its time, once, and nothing that was ended.
        var (before, due) = (expired, all.Count(deadline => deadline.IsSet && !ended.Contains(deadline)));
        race.Time.Advance(5 * Second);
        await race.IdleAsync();
        race.Equal(due, expired - before, "deadlines that expired");
        race.Equal(0, queue.Count, "deadlines whose time has passed and that are still in the queue");
    }
}
