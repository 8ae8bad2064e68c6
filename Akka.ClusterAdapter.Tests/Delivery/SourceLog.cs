namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>One sender: its messages are numbered from 0, and their order is to be kept. Thread-safe.</summary>
internal sealed class SourceLog(string name, int worker, Func<TimeSpan> now)
{
    private readonly Lock _gate = new();
    private readonly List<TimeSpan> _times = [];
    private TimeSpan? _ended;

    public string Name { get; } = name;

    /// <summary>The worker it sends through.</summary>
    public int Worker { get; } = worker;

    /// <summary>When its connection broke; null while it stands.</summary>
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
                return _times.Count;
        }
    }

    /// <summary>The next message; it counts as sent from now.</summary>
    public string Next()
    {
        lock (_gate)
        {
            _times.Add(now());
            return $"{Name}/{_times.Count - 1}";
        }
    }

    /// <summary>When each message was sent.</summary>
    public TimeSpan[] Times()
    {
        lock (_gate)
            return [.. _times];
    }

    public void End()
    {
        lock (_gate)
            _ended ??= now();
    }
}
