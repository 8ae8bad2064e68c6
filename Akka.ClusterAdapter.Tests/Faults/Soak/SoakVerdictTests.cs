using Akka.ClusterAdapter.Faults.Soak;

namespace Akka.ClusterAdapter.Tests.Faults.Soak;

/// <summary>A run that was cut short by a busy machine does not say that all is well.</summary>
public sealed class SoakVerdictTests
{
    [Theory]
    [InlineData(12, 12, 0, 0, "HOLDS: seed 7, 12 of 12 rounds judged in time")]
    [InlineData(1, 12, 0, 2, "SHORT: seed 7, nothing found, but only 1 of 12 rounds judged in time: this machine needs more minutes, or fewer clients")]
    [InlineData(1, 12, 3, 1, "FAILS: seed 7, 3 found, 1 of 12 rounds judged in time")]
    public void It_holds_only_when_all_rounds_that_its_minutes_promise_were_judged(int judged, int promised, int found, int code, string said)
    {
        var verdict = new SoakVerdict(7, judged, promised, found);

        Assert.Equal((code, said), (verdict.ExitCode, verdict.Say("in time")));
    }
}
