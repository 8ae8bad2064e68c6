using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

public sealed class MessagePackPacketValuesTests : PacketValuesTests
{
    private protected override IPacketParser Create(JsonSerializerOptions? options = null) => new MessagePackPacketParser(options);

    [Fact]
    public void Forged_placeholder_beside_binary_stays_data()
    {
        var parser = Create();

        var arguments = parser.Decode(parser.Event("a", new byte[] { 1 }, new { _placeholder = true, num = 99 })).Arguments;

        Assert.Equal("{\"_placeholder\":true,\"num\":99}", arguments.Get<JsonElement>(1).GetRawText());
    }

    [Fact]
    public void Number_no_double_can_hold_is_the_callers_error()
    {
        var parser = Create();
        var writer = parser.CreateBody();

        Assert.Throws<JsonException>(() => writer.Write(JsonNode.Parse("1e400")));
        Assert.Equal(1, parser.Decode(parser.Event("a", 1)).Arguments.Count);
    }
}
