using System.Text.Json;

namespace Akka.ClusterAdapter.Admin;

/// <summary>Something that has happened on this worker, not yet written.</summary>
/// <param name="Name">Name of the event for pages.</param>
/// <param name="Bytes">About how many bytes it comes to, or keeps.</param>
/// <param name="Write">Writes its arguments. Not where it happened: it may call code of the application.</param>
internal readonly record struct AdminItem(string Name, int Bytes, Action<Utf8JsonWriter> Write);

/// <summary>
/// What happens on this worker while a page is open, until it is told: bounded in number and bytes, and of clients' events only so many in a turn are taken
/// at all, for there may be millions. What is left out is counted. Thread-safe; costs who adds to it a short lock.
/// </summary>
internal sealed class AdminFeed
{
    /// <summary>Most items that wait.</summary>
    public const int Most = 4_096;

    /// <summary>Most bytes that wait.</summary>
    public const int MostBytes = 2_000_000;

    /// <summary>Most events of clients, in and out each, that are taken in one turn.</summary>
    public const int EventsInTurn = 100;

    private const int MostBytesInTurn = 256_000;

    private readonly Lock _gate = new();
    private readonly Queue<AdminItem> _items = new();
    private long _bytes;
    private long _leftOut;
    private long _lost;
    private int _received;
    private int _sent;

    /// <summary>How many items were left out.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <summary>Whether one more received event may be told in this turn; one that may not is counted.</summary>
    public bool TakesReceived() => Takes(ref _received);

    /// <summary>Whether one more sent event may be told in this turn; one that may not is counted.</summary>
    public bool TakesSent() => Takes(ref _sent);

    /// <summary>Adds what pages must know to show what is.</summary>
    public void Add(AdminItem item)
    {
        if (!TryAdd(item))
            Interlocked.Increment(ref _lost);
    }

    /// <summary>Adds an item; false, and counted, when there is no room.</summary>
    public bool TryAdd(AdminItem item)
    {
        lock (_gate)
        {
            if (_items.Count < Most && _bytes + item.Bytes <= MostBytes)
            {
                _items.Enqueue(item);
                _bytes += item.Bytes;
                return true;
            }
        }

        Interlocked.Increment(ref _leftOut);
        return false;
    }

    /// <summary>How many of <see cref="Add"/> found no room since this was asked before: what pages show is not what is.</summary>
    public long TakeLost() => Interlocked.Exchange(ref _lost, 0);

    /// <summary>Begins another turn, and gives what may be told in it.</summary>
    public IReadOnlyList<AdminItem> Take()
    {
        Volatile.Write(ref _received, 0);
        Volatile.Write(ref _sent, 0);
        var taken = new List<AdminItem>();
        lock (_gate)
        {
            for (var bytes = 0; bytes < MostBytesInTurn && _items.TryDequeue(out var item); bytes += item.Bytes)
            {
                taken.Add(item);
                _bytes -= item.Bytes;
            }
        }

        return taken;
    }

    public void Clear()
    {
        lock (_gate)
        {
            _items.Clear();
            _bytes = 0;
        }
    }

    private bool Takes(ref int taken)
    {
        if (Volatile.Read(ref taken) < EventsInTurn && Interlocked.Increment(ref taken) <= EventsInTurn)
            return true;
        Interlocked.Increment(ref _leftOut);
        return false;
    }
}
