namespace Akka.ClusterAdapter.Tests.Adapters;

public class ReachableBytesTests
{
    [Fact]
    public void All_that_an_object_leads_to_is_counted_once()
    {
        var shared = new byte[1_000];

        Assert.Equal(1_024, ReachableBytes.Of(shared));
        Assert.Equal(24, ReachableBytes.Of(new Box(null)));
        Assert.Equal(24 + 1_024, ReachableBytes.Of(new Box(shared)));
        Assert.Equal(24 + (2 * 8) + (2 * 24) + 1_024, ReachableBytes.Of(new[] { new Box(shared), new Box(shared) }));
        Assert.Equal(24 + 24 + 1_024, ReachableBytes.Of(new Box(new Box(shared))));
        Assert.Equal(32, ReachableBytes.Of("abcd"));
        // In structures, of arrays too.
        Assert.Equal(32 + 1_024, ReachableBytes.Of(new Box(new ReadOnlyMemory<byte>(shared, 100, 3))), 8d);
        Assert.Equal(24 + (10 * 16) + 1_024, ReachableBytes.Of(Enumerable.Range(0, 10).Select(i => new ReadOnlyMemory<byte>(shared, i, 1)).ToArray()));
        var ring = new Ring();
        ring.Next = new Ring { Next = ring };
        Assert.Equal(48, ReachableBytes.Of(ring));
    }

    private sealed class Box(object? held)
    {
        public object? Held => held;
    }

    private sealed class Ring
    {
        public Ring? Next { get; set; }
    }
}
