using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Faults.Differential;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Faults;

/// <summary>
/// The original and ours see the same clients: what differs is in docs/decisions/0021, and nothing else. "make
/// differential SECONDS=600" goes on with more seeds.
/// </summary>
public sealed partial class DifferentialTests(DifferentialTests.BothServers servers) : IClassFixture<DifferentialTests.BothServers>
{
    /// <summary>Sequences of the test run: always the same.</summary>
    private const int Sequences = 25;

    private const int FirstSeed = 21_000;

    private static readonly Dictionary<string, string> Rows = RowsOfThePage();

    public static TheoryData<string> Provoked => [.. ListedDifferences.Scenarios.Keys];

    [Theory]
    [MemberData(nameof(Provoked))]
    public async Task A_listed_difference_is_still_there(string name)
    {
        foreach (var scenario in ListedDifferences.Scenarios[name])
        {
            var difference = await servers.Comparison.ListedAsync(scenario);

            Assert.True(difference is not null, $"Both servers do the same: take \"{name}\" off docs/decisions/0021, or mend what provokes it: {scenario}");
            Assert.True(difference.Step >= scenario.Steps.Count - 4, $"{name} differs before what provokes it: {scenario}\n  {difference}");
        }
    }

    [Fact]
    public async Task Random_clients_see_no_difference_that_is_not_listed()
    {
        for (var seed = FirstSeed; seed < FirstSeed + Sequences; seed++)
            Assert.Null(await DifferentialRun.FindAsync(servers.Comparison, seed));

        Assert.Empty(servers.Ours.Errors);
    }

    [Fact]
    public void Every_row_has_what_provokes_it_or_the_test_that_shows_ours()
    {
        Assert.Equal(
            ListedDifferences.Scenarios.Keys.Order(StringComparer.Ordinal),
            Rows.Where(row => row.Value.Length == 0).Select(row => row.Key).Order(StringComparer.Ordinal));
        Assert.All(Rows.Values.Where(test => test.Length > 0), test => Assert.Contains(GetType().Assembly.GetTypes(), type => type.Name == test));
    }

    [Fact]
    public async Task A_difference_is_shortened_to_what_it_needs()
    {
        var scenario = new Scenario(
            Variant.Plain, new(1, "websocket"), new(0, "websocket"), new(1, "send", "40"),
            new(0, "send", "40"), new(1, "send", "421[\"ack\"]"), new(0, "send", "42"), new(0, "send", "3"));

        var (shortest, difference) = await servers.Comparison.ShrinkAsync(scenario, (await servers.Comparison.ListedAsync(scenario))!);

        Assert.Equal(3, shortest.Steps.Count);
        Assert.Equal("42", shortest.Steps[^1].Args.Single());
        Assert.Contains("forced close", difference.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The names in the first column, and the tests in parentheses.</summary>
    private static Dictionary<string, string> RowsOfThePage()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "decisions", "0021-differences-on-the-wire.md"));
        return Row().Matches(page).ToDictionary(row => row.Groups["name"].Value, row => row.Groups["test"].Value);
    }

    [GeneratedRegex(@"^\| `(?<name>[a-z0-9-]+)`(?: \((?<test>\w+)\))? \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    /// <summary>One Node process and one of our hosts a variant, for all tests.</summary>
    public sealed class BothServers : IAsyncLifetime
    {
        private OriginalServer _original = null!;

        internal OurServer Ours { get; private set; } = null!;

        internal Comparison Comparison { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            (_original, Ours) = (await OriginalServer.StartAsync(SourceTree.Root), await OurServer.StartAsync());
            Comparison = new(_original, Ours);
        }

        public async Task DisposeAsync()
        {
            Comparison.Dispose();
            await Ours.DisposeAsync();
            await _original.DisposeAsync();
        }
    }
}
