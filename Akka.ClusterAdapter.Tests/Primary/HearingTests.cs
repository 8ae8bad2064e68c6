using System.Text.Json;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>How a crowd's clients judge what they hear.</summary>
public sealed class HearingTests
{
    [Theory]
    [InlineData("a1 a2 a3 b3 b4", 0, 0, 0, 1)]
    [InlineData("a4 b2 b3 b4 b5", 0, 0, 0, 1)]
    [InlineData("a1 a2 b1 b2 c1 c2", 0, 0, 0, 4)]
    [InlineData("a1 a2 a2 a3", 1, 0, 0, 0)]
    [InlineData("a1 a2 b2 b2", 1, 0, 0, 1)]
    [InlineData("a1 a2 a3 b3 b1", 0, 1, 0, 2)]
    [InlineData("a1 a3", 0, 0, 1, 0)]
    [InlineData("a1 a3 a2", 0, 1, 1, 0)]
    [InlineData("a1 b7", 0, 0, 0, 0)]
    public async Task Order_counts_on_one_connection(string heard, int twice, int disordered, int holes, int again)
    {
        var all = heard.Split(' ').Select(static each => new object[] { each[..1], "0.1", int.Parse(each[1..], null) });
        await using var node = new LineProcess("node", ["crowd/judge.mjs", JsonSerializer.Serialize(all)], ChatClient.Scripts);

        Assert.Equal($"{{\"twice\":{twice},\"disordered\":{disordered},\"holes\":{holes},\"again\":{again}}}", await node.LineAsync("twice"));
    }
}
