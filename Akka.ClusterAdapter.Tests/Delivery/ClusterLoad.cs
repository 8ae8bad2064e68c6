namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>A sender and a listener on each worker. Every message goes to everybody.</summary>
internal sealed class ClusterLoad : IAsyncDisposable
{
    /// <summary>200 broadcasts a second through each worker.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly LoadClient[] _senders;
    private readonly LoadClient[] _listeners;

    private ClusterLoad(IReadOnlyList<string> urls)
    {
        _senders = [.. urls.Select((url, i) => new LoadClient(History, url, i + 1, Interval))];
        _listeners = [.. urls.Select((url, i) => new LoadClient(History, url, i + 1, interval: null))];
    }

    public DeliveryHistory History { get; } = new(TimeProvider.System);

    private IEnumerable<LoadClient> All => _senders.Concat(_listeners);

    /// <summary>Starts the load and waits until it flows between all workers.</summary>
    public static async Task<ClusterLoad> StartAsync(IReadOnlyList<string> urls)
    {
        var load = new ClusterLoad(urls);
        await load.FlowsAsync();
        return load;
    }

    /// <summary>Every socket gets what is sent now through each worker.</summary>
    public async Task FlowsAsync()
    {
        await Eventually.TrueAsync(() => All.All(client => client.Socket is not null), "every client is connected");
        var marks = Sources().ToDictionary(source => source.Name, source => source.Count + 20);
        await Eventually.TrueAsync(() => Reached(marks), "messages flow from every worker to every client");
    }

    /// <summary>The sockets that are connected now.</summary>
    public SocketLog[] Sockets() => [.. All.Select(client => client.Socket).OfType<SocketLog>()];

    /// <summary>Sends nothing more, lets everything arrive, and finds nothing wrong.</summary>
    public async Task EndsWithoutViolationAsync()
    {
        foreach (var sender in _senders)
            await sender.StopSendingAsync();
        var marks = Sources().ToDictionary(source => source.Name, source => source.Count - 1);
        await Eventually.TrueAsync(() => Reached(marks), "the last messages arrive");

        Assert.Empty(History.Violations());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in All)
            await client.DisposeAsync();
    }

    private IEnumerable<SourceLog> Sources() => _senders.Select(client => client.Source).OfType<SourceLog>().Where(source => source.Ended is null);

    private bool Reached(Dictionary<string, int> marks)
    {
        var sockets = Sockets();
        return sockets.Length > 0 && sockets.All(socket => marks.All(mark => socket.LastOf(mark.Key) >= mark.Value));
    }
}
