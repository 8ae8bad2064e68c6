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
        for (var i = 0; i < Deadlines; i++)
        {
            var watched = new Watched(race);
            var deadline = watched.Deadline = queue.Create("race", static watched => watched.Expire(), watched);
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
                    watched.IsEnded = true;
                });
            }
        }

        race.Start("clock", () =>
        {
            for (var i = 0; i < 3; i++)
                race.Time.Advance(Second);
        });
        await race.IdleAsync();

        // Whatever is set now has its time.
        race.Time.Advance(5 * Second);
        await race.IdleAsync();
        race.Equal(0, queue.Count, "deadlines whose time has passed and that are still in the queue");
    }

    private sealed class Watched(Race race)
    {
        public Deadline? Deadline { get; set; }

        public bool IsEnded { get; set; }

        public void Expire() => race.Check(!IsEnded || Deadline!.Due == 0, "it expires although it was ended");
    }
}
