using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>One worker of a cluster under test, as one namespace sees it.</summary>
internal sealed record AdapterWorker(string WorkerId, IAdapter Adapter, FakeHost Host);

/// <summary>The same namespace on several workers. Sockets are named after their worker: <c>s0</c> lives on the first.</summary>
internal sealed class AdapterCluster(IReadOnlyList<AdapterWorker> workers)
{
    public IReadOnlyList<AdapterWorker> Workers { get; } = workers;

    public int Count => Workers.Count;

    public AdapterWorker First => Workers[0];

    public IEnumerable<string> Ids => Enumerable.Range(0, Count).Select(Id);

    public static string Id(int worker) => $"s{worker}";

    /// <summary>One socket on each worker, in the room of its id and in those given.</summary>
    public async Task ConnectAllAsync(params string[] rooms)
    {
        for (var i = 0; i < Count; i++)
            await Workers[i].Host.ConnectAsync(Id(i), rooms);
    }

    /// <summary>Everything delivered so far, sorted: order between workers means nothing.</summary>
    public string[] Delivered() =>
        [.. Workers.SelectMany(worker => worker.Host.Deliveries).Select(delivery => $"{delivery.SocketId}:{delivery.Text}").Order(StringComparer.Ordinal)];

    /// <summary>
    /// Waits until these and no others were delivered. What follows last proves that nothing is still under way: order is kept.
    /// </summary>
    public async Task ExpectDeliveriesAsync(params IEnumerable<string> expected)
    {
        await First.Adapter.BroadcastAsync(FakeHost.Body("end"), BroadcastOptions.All);
        var all = expected.Concat(Ids.Where(id => Workers.Any(worker => worker.Host.IsConnected(id))).Select(id => $"{id}:end"))
            .Order(StringComparer.Ordinal).ToArray();
        await Eventually.TrueAsync(
            () => Workers.All(worker => worker.Host.Deliveries.Any(delivery => delivery.Text == "end") || !Ids.Any(worker.Host.IsConnected)),
            "The last broadcast did not arrive everywhere.");
        Assert.Equal(all, Delivered());
    }
}
