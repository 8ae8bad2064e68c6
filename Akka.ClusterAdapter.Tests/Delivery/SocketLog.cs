using System.Globalization;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>What one socket got, in the order it came. Thread-safe.</summary>
internal sealed class SocketLog(int number, int worker, TimeSpan joined)
{
    private readonly Lock _gate = new();
    private readonly List<(string Source, int Number)> _received = [];
    private readonly Dictionary<string, int> _last = new(StringComparer.Ordinal);
    private TimeSpan? _ended;

    public int Number { get; } = number;

    /// <summary>The worker that serves it.</summary>
    public int Worker { get; } = worker;

    public TimeSpan Joined { get; } = joined;

    /// <summary>When its connection ended; null while it stands.</summary>
    public TimeSpan? Ended
    {
        get
        {
            lock (_gate)
                return _ended;
        }
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _received.Count;
        }
    }

    /// <summary>A message came, as its source made it.</summary>
    public void Receive(string message)
    {
        var slash = message.IndexOf('/', StringComparison.Ordinal);
        var received = (message[..slash], int.Parse(message.AsSpan(slash + 1), CultureInfo.InvariantCulture));
        lock (_gate)
        {
            _received.Add(received);
            _last[received.Item1] = received.Item2;
        }
    }

    /// <summary>The latest number it got from a source; -1 for none.</summary>
    public int LastOf(string source)
    {
        lock (_gate)
            return _last.GetValueOrDefault(source, -1);
    }

    public void End(TimeSpan at)
    {
        lock (_gate)
            _ended ??= at;
    }

    /// <summary>What it got from one source.</summary>
    public HashSet<int> NumbersOf(string source)
    {
        lock (_gate)
            return [.. _received.Where(received => received.Source == source).Select(received => received.Number)];
    }

    /// <summary>What came twice or after something that was sent later, in sentences.</summary>
    public IEnumerable<string> Misplaced()
    {
        (string Source, int Number)[] received;
        lock (_gate)
            received = [.. _received];
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<(string, int)>();
        foreach (var one in received)
        {
            if (!seen.Add(one))
                yield return $"socket {Number} on worker {Worker} got {one.Source}/{one.Number} twice";
            else if (last.TryGetValue(one.Source, out var before) && one.Number < before)
                yield return $"socket {Number} on worker {Worker} got {one.Source}/{one.Number} after {before}";
            last[one.Source] = Math.Max(one.Number, last.GetValueOrDefault(one.Source, -1));
        }
    }
}
