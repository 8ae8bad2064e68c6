using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What a client says of itself at its handshake is kept for as long as it is there, and crosses to others: both are bounded.</summary>
public class HandshakeSizeTests
{
    private const string Small = "{\"token\":\"x\"}";

    [Fact]
    public async Task An_auth_payload_that_is_too_large_is_refused_and_the_connection_stays()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, options => options.MaxAuthBytes = 100);
        await using var client = await host.OpenAsync();
        var most = Token(100);

        await client.SendAsync("40" + Token(101));
        Assert.Equal("44{\"message\":\"Auth payload too large\"}", await client.ReceiveAsync());
        await client.ConnectAsync(auth: most);

        Assert.Equal(most, host.Server.Of("/").Sockets[client.SocketId].Handshake.Auth.GetRawText());
        Assert.Equal(1, host.Server.Counters["rejected.auth-too-large"]);
    }

    [Fact]
    public async Task An_auth_payload_that_grows_as_JSON_is_refused_too()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            _ => { }, options => (options.Parser, options.MaxAuthBytes) = (new Akka.ClusterAdapter.Protocol.MessagePackPacketParser(), 100));
        await using var client = await host.OpenAsync();

        // {type:0,nsp:"/",data:{a:[nil,nil,…]}}
        await client.SendAsync(Convert.FromHexString("83a47479706500a36e7370a12fa46461746181a161dc0032" + string.Concat(Enumerable.Repeat("c0", 50))));

        Assert.StartsWith("bin:83A47479706504", await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal(1, host.Server.Counters["rejected.auth-too-large"]);
    }

    [Fact]
    public async Task A_large_auth_payload_does_not_cross_to_those_who_fetch_sockets()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var one = await host.OpenAsync();
        await using var other = await host.OpenAsync();
        await one.ConnectAsync(auth: Token(4_096));
        await other.ConnectAsync(auth: Token(4_097));

        var fetched = (await host.Server.FetchSocketsAsync()).ToDictionary(socket => socket.Id);

        Assert.Equal(Token(4_096), fetched[one.SocketId].Handshake.Auth.GetRawText());
        Assert.Equal("{}", fetched[other.SocketId].Handshake.Auth.GetRawText());
    }

    [Theory]
    [InlineData(1, 30_000)]
    [InlineData(90, 300)]
    [InlineData(1_000, 200)]
    public void What_crosses_of_a_handshake_is_bounded_whatever_its_headers(int headers, int length)
    {
        var values = Enumerable.Range(0, headers).ToDictionary(i => $"h{i}", _ => new string('é', length));
        values["host"] = "here";
        var handshake = new Handshake
        {
            Headers = values,
            Query = values,
            Url = "/" + new string('u', 30_000),
            Address = "::1",
            Time = default,
            Secure = false,
            Xdomain = false,
            Auth = JsonDocument.Parse(Small).RootElement,
        };

        var json = handshake.ToJson();

        Assert.InRange(json.Length, 1, 16_384);
        Assert.Equal(Small, Handshake.Of(json).Auth.GetRawText());
        Assert.Equal("::1", Handshake.Of(json).Address);
        if (headers < 100)
            Assert.Equal("here", Handshake.Of(json).Headers["host"]);
    }

    private static string Token(int length) => $"{{\"token\":\"{new string('t', length - 12)}\"}}";
}
