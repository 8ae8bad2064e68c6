using System.Collections.Concurrent;

namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>The links between processes, as the proxies in front of them treat them: each pair has one state, for both directions. Thread-safe.</summary>
internal sealed class Links
{
    private readonly ConcurrentDictionary<(string, string), Link> _links = new();

    /// <summary>The link between two processes, whichever connects to the other.</summary>
    public Link Between(string one, string other) =>
        _links.GetOrAdd(string.CompareOrdinal(one, other) < 0 ? (one, other) : (other, one), static _ => new Link());
}

/// <summary>State of one link.</summary>
internal sealed class Link
{
    private readonly ConcurrentDictionary<LinkConnection, byte> _connections = new();
    private volatile TaskCompletionSource? _cut;

    /// <summary>What each piece is late by.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Nothing passes any more; connections stay open.</summary>
    public void Cut() => _cut ??= new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was held up passes.</summary>
    public void Mend()
    {
        var cut = _cut;
        _cut = null;
        cut?.TrySetResult();
    }

    /// <summary>Resets all connections: what is on its way is lost.</summary>
    public void Reset()
    {
        foreach (var connection in _connections.Keys)
            connection.Reset();
    }

    public void Add(LinkConnection connection) => _connections[connection] = 0;

    public void Remove(LinkConnection connection) => _connections.TryRemove(connection, out _);

    /// <summary>Waits until the next piece may pass.</summary>
    public async ValueTask PassAsync(CancellationToken ct)
    {
        while (_cut is { } cut)
            await cut.Task.WaitAsync(ct);
        if (Delay > TimeSpan.Zero)
            await Task.Delay(Delay, TimeProvider.System, ct);
    }
}
