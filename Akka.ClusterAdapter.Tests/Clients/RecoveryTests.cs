using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>The official client loses its connection again and again while everybody is being sent to.</summary>
public class RecoveryTests
{
    [Theory]
    [InlineData("websocket")]
    [InlineData("polling")]
    public async Task No_event_is_lost_doubled_or_out_of_order(string transports)
    {
        const int events = 3_000;
        const int clients = 8;
        await using var server = await ClientServer.StartAsync(options => options.ConnectionStateRecovery = new SessionStoreOptions
        {
            MaxPacketsPerSession = events,
        });
        var script = NodeClient.PassesAsync("recovery", "socket.io-client", transports, server.Uri.ToString(), $"{clients}", $"{events}");
        await Eventually.TrueAsync(() => server.Server.Of("/").Sockets.Count == clients || script.IsFaulted, "the clients are there");

        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        for (var i = 1; i <= events && !script.IsCompleted; i++)
        {
            await server.Server.EmitAsync("n", i);
            if (i % 3 == 0)
                await timer.WaitForNextTickAsync();
        }

        await script;
        Assert.True(server.Server.Counters["recoveries.recovered"] >= clients);
        Assert.Equal(["recoveries.recovered"], server.Server.Counters.Keys.Where(key => key.StartsWith("recoveries.", StringComparison.Ordinal)));
        await server.AssertEmptyAsync();
    }
}
