using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Primary;

public sealed class RestartBackoffTests
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(20);

    [Fact]
    public void Pauses_double_up_to_the_limit()
    {
        var backoff = new RestartBackoff(new PrimaryOptions());

        var pauses = Enumerable.Range(0, 8).Select(_ => backoff.Died(Later, wasReady: true)!.Value.TotalSeconds);

        Assert.Equal([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10], pauses);
    }

    [Fact]
    public void A_healthy_minute_brings_the_first_pause_back()
    {
        var backoff = new RestartBackoff(new PrimaryOptions());
        backoff.Died(Later, wasReady: true);
        backoff.Died(Later, wasReady: true);

        var pause = backoff.Died(TimeSpan.FromMinutes(1), wasReady: true);

        Assert.Equal(TimeSpan.FromMilliseconds(200), pause);
    }

    [Fact]
    public void Early_deaths_in_a_row_end_in_giving_up()
    {
        var backoff = new RestartBackoff(new PrimaryOptions { MaxEarlyDeaths = 3 });
        backoff.Died(TimeSpan.Zero, wasReady: true);
        backoff.Died(TimeSpan.Zero, wasReady: true);

        var pause = backoff.Died(TimeSpan.Zero, wasReady: true);

        Assert.Null(pause);
    }

    [Fact]
    public void A_worker_that_was_never_ready_died_early_however_long_it_took()
    {
        var backoff = new RestartBackoff(new PrimaryOptions { MaxEarlyDeaths = 1 });

        var pause = backoff.Died(TimeSpan.FromHours(1), wasReady: false);

        Assert.Null(pause);
    }

    [Fact]
    public void A_later_death_forgives_the_early_ones()
    {
        var backoff = new RestartBackoff(new PrimaryOptions { MaxEarlyDeaths = 2 });
        backoff.Died(TimeSpan.Zero, wasReady: true);
        backoff.Died(Later, wasReady: true);

        var pause = backoff.Died(TimeSpan.Zero, wasReady: true);

        Assert.NotNull(pause);
    }
}
