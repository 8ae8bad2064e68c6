namespace Akka.ClusterAdapter.Tests.Interop.Wire;

/// <summary>Events and acknowledgements, packet by packet.</summary>
[Collection(ProtocolServers.Name)]
public sealed class EventTests(ProtocolServers servers)
{
    [Theory]
    [InlineData("""42["message",1,"2",{"3":[true]}]""", """42["message-back",1,"2",{"3":[true]}]""")]
    [InlineData("""42["message"]""", """42["message-back"]""")]
    [InlineData("""42["message","a string",{},[1,null]]""", """42["message-back","a string",{},[1,null]]""")]
    [InlineData("""42["message","€ 汉 😀"]""", """42["message-back","€ 汉 😀"]""")]
    public async Task An_event_is_answered_with_an_event(string sent, string received)
    {
        using var socket = await JoinAsync();

        await socket.SendAsync(sent);

        Assert.Equal(received, await socket.TextAsync());
    }

    [Theory]
    [InlineData("""42456["message-with-ack",1,"2",{"3":[false]}]""", """43456[1,"2",{"3":[false]}]""")]
    [InlineData("""420["message-with-ack"]""", "430[]")]
    [InlineData("""42007["message-with-ack",null]""", "437[null]")]
    public async Task An_event_is_acknowledged_with_its_arguments(string sent, string received)
    {
        using var socket = await JoinAsync();

        await socket.SendAsync(sent);

        Assert.Equal(received, await socket.TextAsync());
    }

    [Fact]
    public async Task A_binary_event_is_answered_with_a_binary_event()
    {
        using var socket = await JoinAsync();

        await socket.SendAsync("""452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        await socket.SendAsync(1, 2, 3);
        await socket.SendAsync(4, 5, 6);

        Assert.Equal("""452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""", await socket.TextAsync());
        Assert.Equal([1, 2, 3], await socket.BinaryAsync());
        Assert.Equal([4, 5, 6], await socket.BinaryAsync());
    }

    [Fact]
    public async Task A_binary_event_is_acknowledged_with_its_bytes()
    {
        using var socket = await JoinAsync();

        await socket.SendAsync("""452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        await socket.SendAsync(1, 2, 3);
        await socket.SendAsync(4, 5, 6);

        Assert.Equal("""462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""", await socket.TextAsync());
        Assert.Equal([1, 2, 3], await socket.BinaryAsync());
        Assert.Equal([4, 5, 6], await socket.BinaryAsync());
    }

    [Fact]
    public async Task A_binary_event_is_answered_over_polling()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync(), "/socket.io/");
        await session.PostAsync("40");
        for (var read = await session.PollAsync(); !read.Contains("auth", StringComparison.Ordinal);)
            read = await session.PollAsync();

        await session.PostAsync($$"""451-["message",{"_placeholder":true,"num":0}]{{WirePolling.Separator}}bAQIDBA==""");

        Assert.Equal($$"""451-["message-back",{"_placeholder":true,"num":0}]{{WirePolling.Separator}}bAQIDBA==""", await session.PollAsync());
    }

    [Fact]
    public async Task An_event_nobody_handles_is_ignored()
    {
        using var socket = await JoinAsync();

        await socket.SendAsync("""42["nobody"]""");
        await socket.SendAsync("""42["message"]""");

        Assert.Equal("""42["message-back"]""", await socket.TextAsync());
    }

    [Fact]
    public async Task An_acknowledgement_nobody_waits_for_is_ignored()
    {
        using var socket = await JoinAsync();

        await socket.SendAsync("43123[]");
        await socket.SendAsync("""42["message"]""");

        Assert.Equal("""42["message-back"]""", await socket.TextAsync());
    }

    [Fact]
    public async Task Events_come_back_in_their_order()
    {
        using var socket = await JoinAsync();
        var numbers = Enumerable.Range(0, 100).ToArray();
        foreach (var number in numbers)
            await socket.SendAsync($"""42["message",{number}]""");

        foreach (var number in numbers)
            Assert.Equal($"""42["message-back",{number}]""", await socket.TextAsync());
    }

    private async Task<WireSocket> JoinAsync() => await WireSocket.JoinAsync(await servers.PatientAsync());
}
