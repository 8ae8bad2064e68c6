using System.Net;
using System.Net.Sockets;

namespace Attacks.Victims;

/// <summary>Two workers, and the edge in front of them when it was asked for.</summary>
internal sealed class VictimCluster(IReadOnlyList<Victim> workers, Victim? edge) : IAsyncDisposable
{
    public IReadOnlyList<Victim> Workers => workers;

    public Victim? Edge => edge;

    public IEnumerable<Victim> All => edge is null ? workers : [.. workers, edge];

    public static async Task<VictimCluster> StartAsync(int workers, bool hasEdge, params string[] options)
    {
        if (workers == 1 && !hasEdge)
            return new([await Victim.StartAsync(["worker", .. options])], null);
        var seed = FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var started = new List<Victim>();
        for (var i = 0; i < workers; i++)
            started.Add(await Victim.StartAsync(["worker", "--seed", seed, .. i == 0 ? new[] { "--is-seed" } : [], .. options]));
        var cluster = new VictimCluster(started, hasEdge ? await Victim.StartAsync("gateway", "--seed", seed) : null);
        foreach (var victim in cluster.All)
            await ReadyAsync(victim.Url);
        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var victim in All)
            await victim.DisposeAsync();
    }

    private static async Task ReadyAsync(string url)
    {
        using var http = new HttpClient();
        for (var good = 0; good < 5;)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url + "/socket.io/?EIO=4&transport=polling");
            request.Headers.Add("X-Test-Client", $"10.9.0.{good}");
            using var answer = await http.SendAsync(request);
            good = answer.IsSuccessStatusCode ? good + 1 : 0;
            if (good == 0)
                await Task.Delay(100);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
