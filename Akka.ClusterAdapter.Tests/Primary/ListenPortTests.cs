using System.Net;
using System.Net.Sockets;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Primary;

namespace Akka.ClusterAdapter.Tests.Primary;

public sealed class ListenPortTests
{
    [Fact]
    public void A_port_in_use_is_reported_with_its_number()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var exception = Assert.Throws<PrimaryException>(() => ListenPort.Check(IPAddress.Loopback, port));

        Assert.Contains($"Port {port} on 127.0.0.1 is in use", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_would_share_its_port_is_found_too()
    {
        var listen = ListenPort.Check(IPAddress.Loopback, 0);
        using var leftOver = new SharedPort(listen);
        leftOver.Bind().Listen();

        var exception = Assert.Throws<PrimaryException>(() => ListenPort.Check(IPAddress.Loopback, listen.Port));

        Assert.Contains("is in use", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Port_0_becomes_one_that_the_workers_can_share()
    {
        var listen = ListenPort.Check(IPAddress.Loopback, 0);
        using var first = new SharedPort(listen);
        using var second = new SharedPort(listen);

        first.Bind().Listen();
        var shared = second.Bind();
        shared.Listen();

        Assert.Equal(listen, shared.LocalEndPoint);
    }

    [Fact]
    public void A_port_that_another_primary_has_claimed_is_in_use_until_that_one_ends()
    {
        using var first = ListenPort.Claim(IPAddress.Loopback, 0);
        var port = first.EndPoint.Port;

        var exception = Assert.Throws<PrimaryException>(() => ListenPort.Claim(IPAddress.Loopback, port));
        first.Dispose();
        using var second = ListenPort.Claim(IPAddress.Loopback, port);

        Assert.Contains($"Port {port} on 127.0.0.1 is in use", exception.Message, StringComparison.Ordinal);
        Assert.Equal(port, second.EndPoint.Port);
    }

    [Fact]
    public async Task A_claim_lets_the_workers_listen_and_gets_none_of_their_connections()
    {
        using var claim = ListenPort.Claim(IPAddress.Loopback, 0);
        using var worker = new SharedPort(claim.EndPoint);
        var listening = worker.Bind();
        listening.Listen();

        for (var i = 0; i < 20; i++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(claim.EndPoint);
            using var accepted = await listening.AcceptAsync();
            Assert.True(accepted.Connected);
        }
    }

    [Fact]
    public async Task A_worker_that_leaves_the_port_leaves_new_connections_to_the_others()
    {
        var listen = ListenPort.Check(IPAddress.Loopback, 0);
        using var leaving = new SharedPort(listen);
        using var staying = new SharedPort(listen);
        leaving.Bind().Listen();
        var others = staying.Bind();
        others.Listen();

        leaving.Leave();

        for (var i = 0; i < 20; i++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(listen);
            using var accepted = await others.AcceptAsync();
            Assert.True(accepted.Connected);
        }
    }
}
