using System.Text.Json;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>A client that loses its connection and may come back.</summary>
internal static class LostClient
{
    /// <summary>It has got one event before that.</summary>
    /// <returns>The id it had, and what it shows when it comes back.</returns>
    public static async Task<(string Sid, string Auth)> LoseAsync(SocketIOTestWorker worker)
    {
        await using var client = await WireClient.OpenAsync(worker.Url);
        await client.SendAsync("40");
        var connected = JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement;
        await worker.Server.EmitAsync("x");
        var offset = JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement[1].GetString();
        await client.CloseAsync();
        await Eventually.TrueAsync(() => worker.Server.Sockets.Sockets.Count == 0, "the connection is lost");
        return (connected.GetProperty("sid").GetString()!, $"{{\"pid\":\"{connected.GetProperty("pid").GetString()}\",\"offset\":\"{offset}\"}}");
    }
}
