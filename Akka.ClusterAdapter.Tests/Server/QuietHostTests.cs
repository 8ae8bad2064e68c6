using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Whether a delivery can reach the application's code: only when it cannot does the cluster's thread do it itself.</summary>
public sealed class QuietHostTests
{
    [Fact]
    public async Task Who_listens_to_what_is_sent_can_be_reached()
    {
        await using var host = await SocketIOTestHost.StartAsync(static _ => { });
        await using var client = await host.ConnectAsync();
        var its = new NamespaceHost(host.Server.Of("/"));
        Assert.True(its.IsQuiet);

        host.Server.Of("/").Sockets[client.SocketId].OnAnyOutgoing(static _ => { });

        Assert.False(its.IsQuiet);
    }
}
