using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>SECURITY.md says which test shows what it promises: each of them exists, and each row has one.</summary>
public sealed partial class SecurityPolicyTests
{
    private static readonly string Policy = File.ReadAllText(Path.Combine(SourceTree.Root, "SECURITY.md"));

    [Fact]
    public void Every_test_that_the_policy_names_exists_and_has_tests()
    {
        var named = Named().Matches(Policy).Select(name => name.Groups[1].Value).Distinct().ToList();
        var tests = GetType().Assembly.GetTypes().Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute), inherit: true)))
            .Select(type => type.Name)
            .ToHashSet();

        Assert.True(named.Count > 20, "the policy names tests");
        Assert.Empty(named.Except(tests));
    }

    [Fact]
    public void Every_row_of_the_threat_model_has_a_test_that_shows_it()
    {
        var rows = Policy.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();

        Assert.Equal(12, rows.Count);
        Assert.All(rows, row => Assert.Matches(Named(), row.TrimEnd(' ', '|').Split('|')[^1]));
        foreach (var who in new[] { "stranger", "page of another origin", "client", "application", "worker", "host", "operator" })
            Assert.Contains(rows, row => row.Split('|')[1].Contains(who, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"`(\w+Tests)`")]
    private static partial Regex Named();
}
