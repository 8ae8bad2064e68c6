namespace Akka.ClusterAdapter.Faults.Soak.Histories;

/// <summary>
/// One stream: what one life of one process sends to one room, numbered from 0 without a gap. Knows when each message was sent, once anybody got it.
/// Thread-safe.
/// </summary>
/// <param name="name">Life, scope and room: <c>w1#2|/|all</c>.</param>
internal sealed class StreamLog(string name)
{
    private const long Unknown = -1;

    private readonly Lock _gate = new();
    private readonly List<long> _sentAt = [];
    private int _sent;

    public string Name { get; } = name;

    /// <summary>Whose life it is of.</summary>
    public string Life { get; } = name.Split('|')[0];

    /// <summary>The server and the namespace.</summary>
    public string Scope { get; } = name.Split('|')[1];

    public string Room { get; } = name.Split('|')[2];

    /// <summary>Messages that were sent, as far as is known.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return Math.Max(_sent, _sentAt.Count);
        }
    }

    /// <summary>Somebody got a message.</summary>
    public void Note(int number, long sentAt)
    {
        lock (_gate)
        {
            while (_sentAt.Count <= number)
                _sentAt.Add(Unknown);
            _sentAt[number] = sentAt;
        }
    }

    /// <summary>
    /// The sender says how many there are. For messages that nobody got, before a client joined or after that, only the last one tells when they were sent.
    /// </summary>
    public void Sent(int count, long? lastAt)
    {
        lock (_gate)
            _sent = Math.Max(_sent, count);
        if (lastAt is { } at && count > 0)
            Note(count - 1, at);
    }

    /// <summary>
    /// When a message was sent at the latest. For one that nobody got: when the next one was sent that somebody got;
    /// <see cref="long.MaxValue"/> when there is none.
    /// </summary>
    public long SentAt(int number)
    {
        lock (_gate)
        {
            for (var i = number; i < _sentAt.Count; i++)
            {
                if (_sentAt[i] != Unknown)
                    return _sentAt[i];
            }

            return long.MaxValue;
        }
    }

    /// <summary>When a message was sent at the earliest.</summary>
    public long SentAfter(int number)
    {
        lock (_gate)
        {
            for (var i = Math.Min(number, _sentAt.Count - 1); i >= 0; i--)
            {
                if (_sentAt[i] != Unknown)
                    return _sentAt[i];
            }

            return 0;
        }
    }

    /// <summary>The first message that was certainly sent after a moment; <see cref="Count"/> when there is none that anybody got.</summary>
    public int FirstAfter(long moment)
    {
        lock (_gate)
        {
            var i = EndAtLocked(moment);
            while (i < _sentAt.Count && _sentAt[i] == Unknown)
                i++;
            return i;
        }
    }

    /// <summary>How many messages were certainly sent up to a moment: what nobody got may have been sent as late as the next one that somebody got.</summary>
    public int EndAt(long moment)
    {
        lock (_gate)
            return EndAtLocked(moment);
    }

    private int EndAtLocked(long moment)
    {
        var i = _sentAt.Count;
        while (i > 0 && (_sentAt[i - 1] == Unknown || _sentAt[i - 1] > moment))
            i--;
        return i;
    }
}
