using System.Collections.Concurrent;

namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>Counts by names. Thread-safe.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public void Add(string name) => _counts.AddOrUpdate(name, 1, static (_, count) => count + 1);

    public int Of(string name) => _counts.GetValueOrDefault(name);

    public override string ToString() =>
        string.Join(", ", _counts.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key} {pair.Value}"));
}
