namespace Akka.ClusterAdapter.Server.Filters;

/// <summary>Filters in the order they were added. Thread-safe: what is read is a snapshot.</summary>
internal sealed class FilterList
{
    private IEventFilter[] _all = [];

    public IEventFilter[] All => Volatile.Read(ref _all);

    public void Add(IEventFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        for (var known = All; Interlocked.CompareExchange(ref _all, [.. known, filter], known) is { } now && now != known;)
            known = now;
    }
}
