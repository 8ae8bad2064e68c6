using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Recovery;

namespace Akka.ClusterAdapter.Tests.Clustering;

public class EmitterNumbersTests
{
    private readonly EmitterNumbers _numbers = new(TimeProvider.System);

    [Fact]
    public void One_life_and_numbers_without_a_gap_for_each_namespace()
    {
        var places = new[] { "/", "/chat", "/", "/" }.Select(Next).ToArray();

        Assert.Single(places.Select(place => place.Life).Distinct());
        Assert.Equal([1, 1, 2, 3], places.Select(place => place.Number));
        var told = new Dictionary<string, LogPlace>();
        _numbers.Announce(null, (name, place, _) => told[name] = place);
        Assert.Equal(places[^1], told["/"]);
        Assert.Equal(places[1], told["/chat"]);
    }

    [Fact]
    public void What_could_not_be_sent_has_no_number()
    {
        Assert.Throws<InvalidOperationException>(() => _numbers.Send("/", _ => throw new InvalidOperationException()));

        Assert.Equal(1, Next("/").Number);
    }

    [Fact]
    public void However_many_namespaces_there_are_so_many_are_numbered()
    {
        var places = Enumerable.Range(0, EmitterNumbers.MostNamespaces + 5).Select(i => Next($"/{i}")).ToArray();

        Assert.Equal(5, places.Count(place => place.IsNone));
        Assert.Equal(2, Next("/0").Number);
    }

    private LogPlace Next(string name)
    {
        var taken = LogPlace.None;
        _numbers.Send(name, place => taken = place);
        return taken;
    }
}
