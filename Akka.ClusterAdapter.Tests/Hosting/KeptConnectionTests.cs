using System.Net;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Tests.Gateway;
using Akka.ClusterAdapter.Tests.Hostile;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Connections that clients keep alive, and would come back on, while a worker stops.</summary>
public sealed class KeptConnectionTests
{
    private const string Patient = "akka.cluster-adapter.drain-timeout = 20s";
    private const string Polling = "/socket.io/?EIO=4&transport=polling";

    [Fact]
    public async Task One_that_an_upgraded_client_has_no_use_for_ends_when_the_worker_begins_to_stop()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var waitedFor = await hosts.OpenAsync(hosts.One);
        using var kept = await RawSocket.DialAsync(hosts.One.Uri);
        var sid = await OpenAsync(kept);
        using var socket = await RoutedHosts.UpgradeAsync(hosts.One, sid);
        await RoutedHosts.SendAsync(socket, "2probe");
        Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));
        await RoutedHosts.SendAsync(socket, "5");
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.Sessions[sid].TransportName == "websocket", "the upgrade");

        var stopping = hosts.One.StopAsync();

        Assert.Empty(await kept.ReadToEndAsync());
        Assert.Equal("closed", await RoutedHosts.ReceiveAsync(socket));
        Assert.EndsWith("1", await hosts.PollAsync(hosts.One, waitedFor), StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task So_does_one_of_a_client_whose_WebSocket_only_goes_through_the_worker()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var waitedFor = await hosts.OpenAsync(hosts.One);
        var sid = await hosts.OpenAsync(hosts.Two);
        using var kept = await RawSocket.DialAsync(hosts.One.Uri);
        await kept.SendAsciiAsync($"POST {Polling}&sid={sid} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n40");
        Assert.Equal("ok", (await kept.ReadAnswerAsync()).Body);
        using var socket = await RoutedHosts.UpgradeAsync(hosts.One, sid);
        await RoutedHosts.SendAsync(socket, "2probe");
        Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));
        await RoutedHosts.SendAsync(socket, "5");
        await Eventually.TrueAsync(() => hosts.Two.Server.Engine.Sessions[sid].TransportName == "websocket", "the upgrade");

        var stopping = hosts.One.StopAsync();

        Assert.Empty(await kept.ReadToEndAsync());
        Assert.EndsWith("1", await hosts.PollAsync(hosts.One, waitedFor), StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task One_that_a_client_polls_over_in_the_middle_of_its_upgrade_stays_until_the_client_is_told()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var waitedFor = await hosts.OpenAsync(hosts.One);
        var sid = await hosts.OpenAsync(hosts.Two);
        using var kept = await RawSocket.DialAsync(hosts.One.Uri);
        await kept.SendAsciiAsync($"POST {Polling}&sid={sid} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n3");
        Assert.Equal("ok", (await kept.ReadAnswerAsync()).Body);
        using var socket = await RoutedHosts.UpgradeAsync(hosts.One, sid);
        await RoutedHosts.SendAsync(socket, "2probe");
        Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));

        var stopping = hosts.One.StopAsync();
        await Eventually.TrueAsync(() => !hosts.Two.Server.Engine.Sessions[sid].IsOpen, "a session that ends");
        await kept.SendAsciiAsync($"GET {Polling}&sid={sid} HTTP/1.1\r\nHost: localhost\r\n\r\n");

        var (head, body) = await kept.ReadAnswerAsync();
        Assert.Equal("6\u001e1", body);
        Assert.Contains("Connection: close", head, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("1", await hosts.PollAsync(hosts.One, waitedFor), StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task One_that_has_become_the_WebSocket_ends_with_a_close_frame()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        using var kept = await RawSocket.DialAsync(hosts.One.Uri);
        var sid = await OpenAsync(kept);
        await kept.SendAsciiAsync(RawSocket.Upgrade($"EIO=4&transport=websocket&sid={sid}"));
        Assert.StartsWith("HTTP/1.1 101 ", await kept.ReadHeadAsync(), StringComparison.Ordinal);
        await kept.SendPacketAsync("2probe");
        Assert.Equal("3probe", await kept.NextAsync());
        await kept.SendPacketAsync("5");
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.Sessions[sid].TransportName == "websocket", "the upgrade");

        var stopping = hosts.One.StopAsync();

        Assert.StartsWith("close:", await kept.NextAsync(), StringComparison.Ordinal);
        kept.Dispose();
        await stopping;
    }

    [Fact]
    public async Task Those_of_a_client_that_polls_end_with_its_last_poll_and_not_between_two()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        using var polls = await RawSocket.DialAsync(hosts.One.Uri);
        using var posts = await RawSocket.DialAsync(hosts.One.Uri);
        var sid = await OpenAsync(polls);
        await posts.SendAsciiAsync($"POST {Polling}&sid={sid} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n3");
        Assert.Equal("ok", (await posts.ReadAnswerAsync()).Body);

        var stopping = hosts.One.StopAsync();
        await Eventually.TrueAsync(() => !hosts.One.Server.Engine.Sessions[sid].IsOpen, "a client that is let go");
        await polls.SendAsciiAsync($"GET {Polling}&sid={sid} HTTP/1.1\r\nHost: localhost\r\n\r\n");

        var (head, body) = await polls.ReadAnswerAsync();
        Assert.Equal("6\u001e1", body);
        Assert.Contains("Connection: close", head, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await polls.ReadToEndAsync());
        Assert.Empty(await posts.ReadToEndAsync());
        await stopping;
    }

    [Fact]
    public async Task A_handshake_that_comes_after_the_last_client_was_let_go_is_served_by_another_worker()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);

        await hosts.One.Server.DrainAsync();
        using var answer = await hosts.SendAsync(hosts.One, HttpMethod.Get);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, hosts.Two.Server.Engine.SessionCount);
        // Counted when all of the answer is under way.
        await Eventually.TrueAsync(() => RoutedHosts.Forwarded(hosts.One, "moved") == 1, "a handshake that was moved");
    }

    private static async Task<string> OpenAsync(RawSocket kept)
    {
        await kept.SendAsciiAsync($"GET {Polling} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var (_, open) = await kept.ReadAnswerAsync();
        Assert.StartsWith("0{\"sid\":\"", open, StringComparison.Ordinal);
        return open.Substring(9, SessionId.Length);
    }
}
