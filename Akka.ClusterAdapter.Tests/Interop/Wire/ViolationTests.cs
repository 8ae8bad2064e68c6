namespace Akka.ClusterAdapter.Tests.Interop.Wire;

/// <summary>Packets that end the connection.</summary>
[Collection(ProtocolServers.Name)]
public sealed class ViolationTests(ProtocolServers servers)
{
    [Theory]
    [InlineData("4abc")]
    [InlineData("4")]
    [InlineData("49")]
    [InlineData("42")]
    [InlineData("42[]")]
    [InlineData("42{}")]
    [InlineData("42[true]")]
    [InlineData("42[null]")]
    [InlineData("42[{\"a\":1}]")]
    [InlineData("42abc[\"message-with-ack\",1]")]
    [InlineData("42[\"message\"")]
    [InlineData("42[\"message\"]x")]
    [InlineData("41\"\"")]
    [InlineData("431null")]
    [InlineData("45-[\"message\"]")]
    [InlineData("45a-[\"message\"]")]
    [InlineData("451.5-[\"message\"]")]
    [InlineData("4511-[\"message\"]")]
    [InlineData("44{\"message\":\"no\"}")]
    public async Task A_malformed_packet_ends_the_connection(string packet)
    {
        using var socket = await WireSocket.JoinAsync(await servers.PatientAsync());

        await socket.SendAsync(packet);

        await socket.IsClosedAsync();
    }

    [Theory]
    [InlineData("4abc")]
    [InlineData("""42["message"]""")]
    [InlineData("""42/custom,["message"]""")]
    [InlineData("""42/random,["message"]""")]
    [InlineData("40null")]
    [InlineData("40[]")]
    [InlineData("40\"x\"")]
    public async Task A_client_that_does_not_join_first_is_closed(string packet)
    {
        using var socket = await WireSocket.OpenAsync(await servers.PatientAsync(), "/socket.io/");

        await socket.SendAsync(packet);

        await socket.IsClosedAsync();
    }

    [Fact]
    public async Task Text_among_attachments_ends_the_connection()
    {
        using var socket = await WireSocket.JoinAsync(await servers.PatientAsync());

        await socket.SendAsync("""452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        await socket.SendAsync(1, 2, 3);
        await socket.SendAsync("""42["message"]""");

        await socket.IsClosedAsync();
    }

    [Fact]
    public async Task Bytes_out_of_place_end_the_connection()
    {
        using var socket = await WireSocket.JoinAsync(await servers.PatientAsync());

        await socket.SendAsync(1, 2, 3);

        await socket.IsClosedAsync();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("\"0\"")]
    public async Task A_placeholder_of_nothing_ends_the_connection(string number)
    {
        using var socket = await WireSocket.JoinAsync(await servers.PatientAsync());

        await socket.SendAsync($$"""451-["message",{"_placeholder":true,"num":{{number}}}]""");
        await socket.SendAsync(1, 2, 3);

        await socket.IsClosedAsync();
    }

    [Fact]
    public async Task Over_polling_the_next_poll_brings_the_close()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync(), "/socket.io/");

        await session.PostAsync("4abc");

        Assert.Equal($"6{WirePolling.Separator}1", await session.ReadAsync());
        await session.IsGoneAsync();
    }
}
