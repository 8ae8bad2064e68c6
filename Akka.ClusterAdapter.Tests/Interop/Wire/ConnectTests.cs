using System.Text.Json;

namespace Akka.ClusterAdapter.Tests.Interop.Wire;

/// <summary>Joining and leaving namespaces.</summary>
[Collection(ProtocolServers.Name)]
public sealed class ConnectTests(ProtocolServers servers)
{
    [Theory]
    [InlineData("")]
    [InlineData("/custom,")]
    public async Task A_namespace_is_joined(string prefix)
    {
        using var socket = await OpenAsync();

        await socket.SendAsync("40" + prefix);

        Assert.Matches($"^40{prefix}{{\"sid\":\"[A-Za-z0-9_-]{{20}}\"}}$", await socket.TextAsync());
        Assert.Equal($"42{prefix}[\"auth\",{{}}]", await socket.TextAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/custom,")]
    public async Task An_auth_payload_is_taken(string prefix)
    {
        using var socket = await OpenAsync();

        await socket.SendAsync($$"""40{{prefix}}{"token":"123"}""");

        Assert.StartsWith($"40{prefix}{{\"sid\":\"", await socket.TextAsync());
        Assert.Equal($$"""42{{prefix}}["auth",{"token":"123"}]""", await socket.TextAsync());
    }

    [Fact]
    public async Task A_namespace_without_the_closing_comma_is_joined()
    {
        using var socket = await OpenAsync();

        await socket.SendAsync("40/custom");

        Assert.StartsWith("40/custom,{\"sid\":\"", await socket.TextAsync());
    }

    [Fact]
    public async Task The_public_id_is_not_the_id_of_the_session()
    {
        using var socket = await WireSocket.ConnectAsync(await servers.PatientAsync(), "EIO=4&transport=websocket", "/socket.io/");
        var session = Sid((await socket.TextAsync())[1..]);

        await socket.SendAsync("40");

        Assert.NotEqual(session, Sid((await socket.TextAsync())[2..]));
    }

    [Fact]
    public async Task An_unknown_namespace_is_refused_and_the_connection_stays()
    {
        using var socket = await OpenAsync();

        await socket.SendAsync("40/random");

        Assert.Equal("""44/random,{"message":"Invalid namespace"}""", await socket.TextAsync());
        await socket.SendAsync("40");
        Assert.StartsWith("40{\"sid\":\"", await socket.TextAsync());
    }

    [Fact]
    public async Task Two_namespaces_share_a_connection()
    {
        using var socket = await WireSocket.JoinAsync(await servers.PatientAsync());

        await socket.SendAsync("40/custom,");

        Assert.StartsWith("40/custom,{\"sid\":\"", await socket.TextAsync());
        Assert.Equal("""42/custom,["auth",{}]""", await socket.TextAsync());
    }

    [Fact]
    public async Task Joining_a_namespace_twice_changes_nothing()
    {
        using var socket = await WireSocket.JoinAsync(await servers.PatientAsync());

        await socket.SendAsync("40");
        await socket.SendAsync("42[\"message\",1]");

        Assert.Equal("42[\"message-back\",1]", await socket.TextAsync());
    }

    [Fact]
    public async Task A_client_that_joins_nothing_in_time_is_closed()
    {
        using var socket = await WireSocket.OpenAsync(await servers.WantsConnectAsync(), "/socket.io/");

        await socket.IsClosedAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("/custom,")]
    public async Task A_namespace_is_left_and_the_connection_stays(string prefix)
    {
        using var socket = await WireSocket.JoinAsync(await servers.PatientAsync(), prefix);

        await socket.SendAsync("41" + prefix);

        await socket.SendAsync("40/random");
        Assert.Equal("""44/random,{"message":"Invalid namespace"}""", await socket.TextAsync());
    }

    [Fact]
    public async Task A_namespace_that_was_left_can_be_joined_again()
    {
        using var socket = await WireSocket.JoinAsync(await servers.PatientAsync());

        await socket.SendAsync("41");
        await socket.SendAsync("40");

        Assert.StartsWith("40{\"sid\":\"", await socket.TextAsync());
    }

    [Fact]
    public async Task Pings_go_on_after_a_namespace_was_left()
    {
        using var socket = await WireSocket.JoinAsync(await servers.PatientAsync());

        await socket.SendAsync("41");

        Assert.Equal("2", await socket.RawTextAsync());
    }

    [Fact]
    public async Task A_namespace_is_joined_over_polling()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync(), "/socket.io/");

        await session.PostAsync("40");

        var answer = await session.PollAsync();
        if (!answer.Contains(WirePolling.Separator))
            answer += WirePolling.Separator + await session.PollAsync();
        Assert.Matches($"^40{{\"sid\":\"[A-Za-z0-9_-]{{20}}\"}}{WirePolling.Separator}42\\[\"auth\",{{}}\\]$", answer);
    }

    private async Task<WireSocket> OpenAsync() => await WireSocket.OpenAsync(await servers.PatientAsync(), "/socket.io/");

    private static string? Sid(string json) => JsonDocument.Parse(json).RootElement.GetProperty("sid").GetString();
}
