namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>
/// Workers, links that are slow, and clients that lose their connection in the middle and come back anywhere, without processes: many histories in a
/// second. Whoever is told that it was recovered must have had everything once, in the order of each sender.
/// </summary>
public class MovingSessionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whoever_is_recovered_has_everything_once_and_in_order(int block)
    {
        var (recovered, anew) = (0, 0);
        for (var seed = block * 100; seed < (block + 1) * 100; seed++)
        {
            var cluster = new SimulatedCluster(seed);
            cluster.Run(steps: 250);
            recovered += cluster.Recovered;
            anew += cluster.Anew;
        }

        Assert.True(recovered > anew, $"{recovered} recovered, {anew} not");
    }

    [Fact]
    public void Without_events_for_one_worker_only_nine_of_ten_are_recovered_however_often_workers_go()
    {
        var outcomes = new Dictionary<string, int>();
        var anew = 0;
        for (var seed = 5_000; seed < 5_200; seed++)
        {
            var cluster = new SimulatedCluster(seed) { HasLocal = false, IsPrompt = true };
            cluster.Run(steps: 250);
            anew += cluster.Anew;
            foreach (var (name, count) in cluster.Outcomes)
                outcomes[name] = outcomes.GetValueOrDefault(name) + count;
        }

        // The others were away while all workers that knew what they missed were replaced, or their worker was far behind.
        Assert.True(anew * 10 < outcomes["found"], string.Join(", ", outcomes));
    }

    [Fact]
    public void A_message_that_is_lost_between_workers_is_no_silent_hole()
    {
        var anew = 0;
        for (var seed = 9_000; seed < 9_200; seed++)
        {
            var cluster = new SimulatedCluster(seed) { Losses = 20 };
            cluster.Run(steps: 250);
            anew += cluster.Anew;
        }

        Assert.NotEqual(0, anew);
    }

    [Theory]
    [InlineData(50_000, 0, false)]
    [InlineData(50_200, 20, false)]
    [InlineData(50_400, 0, true)]
    [InlineData(50_600, 20, true, true)]
    public void A_client_that_takes_its_time_or_goes_again_before_it_is_in_its_rooms_has_no_silent_hole(
        int first, int losses, bool crashes, bool hearsLate = false) =>
        Run(
            first,
            seed => new SimulatedCluster(seed)
            {
                Waits = true,
                HearsLate = hearsLate,
                Losses = losses,
                Crashes = crashes,
                Fetches = seed % 2 == 0,
                HasLocal = false,
            });

    [Theory]
    [InlineData(60_000, 0, 400)]
    [InlineData(62_600, 0, 100)]
    [InlineData(70_000, 20, 400)]
    [InlineData(74_300, 20, 100)]
    public void Clients_of_a_worker_that_has_not_heard_how_far_the_others_are_have_no_silent_hole(int first, int losses, int count) =>
        Run(first, seed => new SimulatedCluster(seed) { HearsLate = true, Losses = losses, Fetches = seed % 2 == 0, HasLocal = seed % 4 == 0 }, count);

    [Theory]
    [InlineData(40_000, 0, false)]
    [InlineData(40_200, 0, true)]
    [InlineData(40_400, 20, false)]
    public void Workers_that_have_fetched_what_was_sent_before_they_joined_recover_more_and_nothing_wrong(int first, int losses, bool crashes)
    {
        var (with, without) = (Run(true), Run(false));

        Assert.NotEqual(0, with.Fetched);
        Assert.True(losses > 0 || with.Anew < without.Anew, $"with {with}, without {without}");

        (int Fetched, int Recovered, int Anew) Run(bool fetches)
        {
            var (fetched, recovered, anew) = (0, 0, 0);
            for (var seed = first; seed < first + 200; seed++)
            {
                var cluster = new SimulatedCluster(seed) { Fetches = fetches, Losses = losses, Crashes = crashes, HasLocal = seed % 4 == 0 };
                cluster.Run(steps: 250);
                (fetched, recovered, anew) = (fetched + cluster.Fetched, recovered + cluster.Recovered, anew + cluster.Anew);
            }

            return (fetched, recovered, anew);
        }
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(20_200)]
    [InlineData(30_800)]
    public void Whoever_is_recovered_after_its_worker_was_killed_has_everything_once_and_in_order(int first)
    {
        var (killed, recovered, anew) = (0, 0, 0);
        for (var seed = first; seed < first + 200; seed++)
        {
            var cluster = new SimulatedCluster(seed) { Crashes = true, HasLocal = seed % 2 == 0 };
            cluster.Run(steps: 250);
            (killed, recovered, anew) = (killed + cluster.Killed, recovered + cluster.Recovered, anew + cluster.Anew);
        }

        Assert.True(killed > 100 && recovered > anew, $"{killed} killed, {recovered} recovered, {anew} not");
    }

    private static void Run(int first, Func<int, SimulatedCluster> make, int count = 200)
    {
        var recovered = 0;
        for (var seed = first; seed < first + count; seed++)
        {
            var cluster = make(seed);
            cluster.Run(steps: 250);
            recovered += cluster.Recovered;
        }

        Assert.NotEqual(0, recovered);
    }
}
