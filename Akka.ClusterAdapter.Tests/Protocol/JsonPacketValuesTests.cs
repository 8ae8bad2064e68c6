using System.Text.Json;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

public sealed class JsonPacketValuesTests : PacketValuesTests
{
    private protected override IPacketParser Create(JsonSerializerOptions? options = null) => new JsonPacketParser(options);

    [Fact]
    public void Attachments_are_numbered_depth_first()
    {
        var packet = Create()
            .Event("a", new { x = new { y = new byte[] { 1 } }, z = new List<byte[]> { new byte[] { 2 }, new byte[] { 3 } } }, new byte[] { 4 });

        Assert.Equal([1, 2, 3, 4], packet.Attachments.SelectMany(a => a.ToArray()));
    }

    [Fact]
    public void Attachment_referred_to_twice_is_passed_on_once()
    {
        var parser = Create();
        var decoder = parser.Decoder();
        decoder.AddText("52-[\"a\",[{\"num\":1,\"x\":{},\"_placeholder\":true},{\"_placeholder\":true,\"num\":1}, 7]]");
        decoder.AddBinary(1);
        var received = decoder.AddBinary(2)!.Arguments;

        var sent = parser.Event("b", new byte[] { 9 }, new PacketArgument(received, 0));

        Assert.Equal(
            "52-[\"b\",{\"_placeholder\":true,\"num\":0},[{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":1}, 7]]", Wire.Text(sent));
        Assert.Equal([[9], [2]], sent.Attachments.Select(a => a.ToArray()));
    }

    [Fact]
    public void Forged_placeholder_beside_binary_says_that_it_is_none()
    {
        var parser = Create();
        var received = parser.Decode("2[\"x\",{\"_placeholder\":true,\"num\":99}]").Arguments;

        Assert.Equal(
            "51-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":false,\"num\":99}]",
            Wire.Text(parser.Event("a", new byte[] { 1 }, new PacketArgument(received, 0))));
        Assert.Equal("2[\"a\",{\"_placeholder\":true,\"num\":99}]", Wire.Text(parser.Event("a", new PacketArgument(received, 0))));
    }
}
