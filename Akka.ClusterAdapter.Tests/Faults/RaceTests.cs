using Akka.ClusterAdapter.Faults.Races;
using Akka.ClusterAdapter.Faults.Races.Subjects;

namespace Akka.ClusterAdapter.Tests.Faults;

/// <summary>A short share of "make races", always the same: whatever the order of their steps, what runs at once does what it should.</summary>
public sealed class RaceTests(RaceTests.RewrittenCopy copy) : IClassFixture<RaceTests.RewrittenCopy>
{
    private const int Seed = 21;
    private const int Interleavings = 100;

    // The first of each subject is found after 253 at the latest.
    private const int MostForAPlant = 1_000;

    public static TheoryData<string> Named => [.. Subjects.All.Keys];

    [Theory]
    [MemberData(nameof(Named))]
    public void No_order_of_steps_does_harm(string subject)
    {
        var report = copy.Races.Run(subject, Seed, Interleavings);

        Assert.True(report.Failure is null, report.Failure);
        Assert.True(report.Turns > Interleavings, $"{report.Turns} turns");
    }

    [Theory]
    [MemberData(nameof(Named))]
    public void A_planted_fault_of_its_kind_is_found(string subject)
    {
        var report = copy.Races.Run(subject, Seed, MostForAPlant, Plants.All.First(plant => plant.Subject == subject));

        Assert.True(report.Failure is not null, report.ToString());
    }

    [Fact]
    public void The_same_seed_does_the_same()
    {
        var (once, again, other) = (Run(Seed), Run(Seed), Run(Seed + 1_000));

        Assert.Equal(once, again);
        Assert.NotEqual(once.Order, other.Order);

        RaceReport Run(int seed) => copy.Races.Run("polls", seed, 20) with { Seed = 0 };
    }

    /// <summary>The library, rewritten once for all tests.</summary>
    public sealed class RewrittenCopy
    {
        internal Isolated Races { get; } = new();
    }
}
