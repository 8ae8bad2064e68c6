using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>A client that comes back with the secret of its session is let in without middlewares; one that is not recovered after all must not be.</summary>
public sealed class LostClaimTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_missed_too_much_at_the_last_moment_is_decided_by_the_middlewares(bool skipsMiddlewares)
    {
        var asked = 0;
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Use(async (_, next) =>
            {
                asked++;
                await next();
            }),
            options => options.ConnectionStateRecovery = new SessionStoreOptions { MaxPacketsPerSession = 2, SkipMiddlewares = skipsMiddlewares });
        var ns = host.Server.Of("/");
        var (pid, offset) = await LoseAsync(host, ns);
        await using var other = await host.OpenAsync();
        var engine = host.Server.Engine.Sessions[other.EngineId];
        // Its client may know of the session a moment before the server above does.
        await Eventually.TrueAsync(() => engine.State is not null, "a connection");
        var handshake = SocketIOServer.HandshakeOf(engine.Request, System.Text.Json.JsonDocument.Parse("{}").RootElement);
        var socket = new Socket(ns, (Client)engine.State!, handshake, ns.Recovery!.Sessions.Claim(pid, offset));
        Assert.True(socket.Recovered);
        asked = 0;

        for (var i = 0; i < 5; i++)
            await host.Server.EmitAsync("news", i);
        var refusal = await new ConnectMiddlewares(ns, socket, socket.Life.Open).RunAsync();

        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.Null(refusal);
        Assert.False(socket.Recovered);
        Assert.Equal((skipsMiddlewares, skipsMiddlewares ? 0 : 1, skipsMiddlewares ? 0 : 1), (socket.HasLostClaim, asked, ns.Sockets.Count));
        Assert.Equal(!skipsMiddlewares, socket.Connected);
    }

    private static async Task<(string Pid, string Offset)> LoseAsync(SocketIOTestHost host, Namespace ns)
    {
        await using var client = await host.OpenAsync();
        await client.SendAsync("40");
        var connected = System.Text.Json.JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement;
        await host.Server.EmitAsync("seen");
        var offset = System.Text.Json.JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement[1].GetString()!;
        await client.CloseAsync();
        await Eventually.TrueAsync(() => ns.Sockets.Count == 0, "the connection is lost");
        return (connected.GetProperty("pid").GetString()!, offset);
    }
}
