using Akka.ClusterAdapter.Faults.Soak.Planning;

namespace Akka.ClusterAdapter.Tests.Faults.Soak;

/// <summary>What a soak does depends on its seed and its length.</summary>
public sealed class ScheduleTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(100);

    [Fact]
    public void The_same_seed_is_the_same_schedule()
    {
        var (one, same, other) = (Schedule.Of(7, 20, Length), Schedule.Of(7, 20, Length), Schedule.Of(8, 20, Length));

        Assert.Equal(TextOf(one), TextOf(same));
        Assert.NotEqual(TextOf(one), TextOf(other));
    }

    [Fact]
    public void A_longer_run_begins_as_a_shorter_one()
    {
        var (shorter, longer) = (Schedule.Of(7, 3, Length), Schedule.Of(7, 9, Length));

        Assert.Equal(TextOf(shorter), TextOf(longer[..3]));
    }

    [Fact]
    public void Each_kind_of_fault_comes_within_minutes()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var kinds = Schedule.Of(seed, 6, Length).SelectMany(round => round).SelectMany(step => step.Faults).Select(fault => fault.Kind).ToHashSet();

            Assert.Equal(Enum.GetValues<FaultKind>(), kinds.Order());
        }
    }

    [Fact]
    public void Only_what_was_asked_for_comes()
    {
        var schedule = Schedule.Of(7, 3, Length, [FaultKind.Kill, FaultKind.DropClients]);

        Assert.Equal(
            [FaultKind.Kill, FaultKind.DropClients],
            schedule.SelectMany(round => round).SelectMany(step => step.Faults).Select(fault => fault.Kind).Distinct().Order());
    }

    [Fact]
    public void Workers_stand_still_and_are_cut_off_for_shorter_and_longer_than_the_failure_detector_waits()
    {
        var durations = Schedule.Of(7, 30, Length).SelectMany(round => round).SelectMany(step => step.Faults)
            .Where(fault => fault.Kind is FaultKind.Freeze or FaultKind.Cut or FaultKind.Isolate).Select(fault => fault.Duration.TotalSeconds).ToArray();

        Assert.Contains(durations, seconds => seconds < 4);
        Assert.Contains(durations, seconds => seconds > 10);
        Assert.All(durations, seconds => Assert.InRange(seconds, 0.5, 20));
    }

    private static string TextOf(Step[][] schedule) => string.Join("\n", schedule.SelectMany(round => round));
}
