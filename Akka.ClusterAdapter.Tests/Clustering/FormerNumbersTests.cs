using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Recovery;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>How far a member is in namespaces that were emptied.</summary>
public class FormerNumbersTests
{
    private const long Life = 7;
    private readonly FakeTimeProvider _time = new();
    private readonly FormerNumbers _numbers;

    public FormerNumbersTests() => _numbers = new(_time);

    [Fact]
    public void The_last_one_is_told_and_how_long_ago_it_was()
    {
        _numbers.Keep("/", new LogPlace(Life, 2), TimeSpan.FromSeconds(5));
        _numbers.Keep("/", new LogPlace(Life, 1), TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((new LogPlace(Life, 2), TimeSpan.FromSeconds(6)), Told("/"));
        Assert.Null(Told("/other"));
    }

    [Fact]
    public void The_next_life_counts()
    {
        _numbers.Keep("/", new LogPlace(Life, 2), TimeSpan.Zero);
        _numbers.Keep("/", new LogPlace(Life + 2, 1), TimeSpan.Zero);

        Assert.Equal(new LogPlace(Life + 2, 1), Told("/")!.Value.Place);
    }

    [Fact]
    public void What_is_there_again_tells_by_itself()
    {
        _numbers.Keep("/", new LogPlace(Life, 2), TimeSpan.Zero);
        _numbers.Forget("/", Life + 2);
        Assert.NotNull(Told("/"));

        _numbers.Forget("/", Life);
        Assert.Null(Told("/"));
    }

    [Fact]
    public void Old_ones_are_forgotten_and_there_is_an_end_to_them()
    {
        for (var i = 0; i < 2 * FormerNumbers.MostNamespaces; i++)
            _numbers.Keep($"/{i}", new LogPlace(Life, 1), TimeSpan.Zero);
        Assert.Equal(FormerNumbers.MostNamespaces, _numbers.Count);
        Assert.True(_numbers.HasLacks);

        _time.Advance(FormerNumbers.Longest + TimeSpan.FromSeconds(1));
        Assert.False(_numbers.HasLacks);
        Assert.Null(Told("/0"));
        for (var i = 0; i < 2 * FormerNumbers.MostNamespaces; i++)
            _numbers.Keep("/", new LogPlace(Life, i + 1), TimeSpan.Zero);

        Assert.InRange(_numbers.Count, 1, FormerNumbers.MostNamespaces);
        Assert.Equal(2 * FormerNumbers.MostNamespaces, Told("/")!.Value.Place.Number);
    }

    private (LogPlace Place, TimeSpan Age)? Told(string name)
    {
        (LogPlace, TimeSpan)? told = null;
        _numbers.Announce(name, (place, age) => told = (place, age));
        return told;
    }
}
