using System.Text;
using Akka.ClusterAdapter.Engine;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class EngineMessageTests
{
    [Fact]
    public void Text_is_a_ready_made_frame()
    {
        var message = EngineMessage.Text("123"u8);

        Assert.Equal([0x81, 0x04, 0x34, 0x31, 0x32, 0x33], message.Frames.ToArray());
    }

    [Theory]
    [InlineData(124, new byte[] { 0x81, 125 })]
    [InlineData(125, new byte[] { 0x81, 126, 0, 126 })]
    [InlineData(65_534, new byte[] { 0x81, 126, 0xFF, 0xFF })]
    [InlineData(65_535, new byte[] { 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0 })]
    public void The_header_grows_with_the_length(int length, byte[] header)
    {
        var message = EngineMessage.Text(new byte[length]);

        Assert.Equal(header, message.Frames[..header.Length].ToArray());
        Assert.Equal(header.Length + 1 + length, message.Frames.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void The_polling_form_of_binary_is_padded_base64(int length)
    {
        var data = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();

        var payload = EngineMessage.Binary(data).Payload;

        Assert.Equal("b" + Convert.ToBase64String(data), Encoding.ASCII.GetString(payload.Span));
    }

    [Fact]
    public void A_binary_frame_has_no_type_byte()
    {
        var message = EngineMessage.Binary([1, 2, 3]);

        Assert.Equal([0x82, 3, 1, 2, 3], message.Frames.ToArray());
    }

    [Fact]
    public void Attachments_follow_in_both_forms()
    {
        var message = EngineMessage.Text("x"u8, [new byte[] { 1, 2, 3, 4 }, Array.Empty<byte>()]);

        Assert.Equal([0x81, 2, 0x34, 0x78, 0x82, 4, 1, 2, 3, 4, 0x82, 0], message.Frames.ToArray());
        Assert.Equal("4x\u001ebAQIDBA==\u001eb", Encoding.ASCII.GetString(message.Payload.Span));
    }

    [Fact]
    public void Both_forms_are_made_once()
    {
        var message = EngineMessage.Text("x"u8);

        Assert.True(message.Payload.Span == message.Payload.Span);
        Assert.True(message.Frames.Span == message.Frames.Span);
    }

    [Fact]
    public void What_is_passed_in_is_copied()
    {
        var text = "abc"u8.ToArray();
        var message = EngineMessage.Text(text);

        text[0] = (byte)'z';

        Assert.Equal("4abc", Encoding.ASCII.GetString(message.Payload.Span));
    }
}
