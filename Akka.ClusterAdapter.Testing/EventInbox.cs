namespace Akka.ClusterAdapter.Testing;

/// <summary>What a client has received and nobody has asked for yet, and who waits for what. Thread-safe.</summary>
internal sealed class EventInbox
{
    private readonly Lock _gate = new();
    private readonly List<ReceivedEvent> _all = [];
    private readonly List<ReceivedEvent> _unread = [];
    private readonly List<Waiter> _waiters = [];
    private Func<string, Exception>? _end;

    /// <summary>Everything, in order; a snapshot.</summary>
    public ReceivedEvent[] All
    {
        get
        {
            lock (_gate)
                return [.. _all];
        }
    }

    /// <summary>What nobody has asked for yet; a snapshot.</summary>
    public ReceivedEvent[] Unread
    {
        get
        {
            lock (_gate)
                return [.. _unread];
        }
    }

    /// <param name="received">The event.</param>
    /// <param name="isHandled">A handler takes it: nobody can wait for it.</param>
    public void Add(ReceivedEvent received, bool isHandled)
    {
        Waiter? waiter;
        lock (_gate)
        {
            _all.Add(received);
            if (isHandled)
                return;
            waiter = _waiters.Find(each => each.EventName == received.Name);
            if (waiter is null)
                _unread.Add(received);
            else
                _waiters.Remove(waiter);
        }

        waiter?.TrySetResult(received);
    }

    /// <summary>The next event of that name: one that has come, or that comes.</summary>
    public Waiter Take(string eventName)
    {
        var waiter = new Waiter(eventName);
        lock (_gate)
        {
            var at = _unread.FindIndex(each => each.Name == eventName);
            if (at >= 0)
            {
                waiter.SetResult(_unread[at]);
                _unread.RemoveAt(at);
            }
            else if (_end is { } end)
            {
                waiter.SetException(end(eventName));
            }
            else
            {
                _waiters.Add(waiter);
            }
        }

        return waiter;
    }

    /// <summary>Nobody waits for it any more; false when it has just come.</summary>
    public bool GiveUp(Waiter waiter)
    {
        lock (_gate)
            return _waiters.Remove(waiter);
    }

    /// <summary>Nothing comes any more; who waits is told why.</summary>
    public void End(Func<string, Exception> why)
    {
        Waiter[] waiters;
        lock (_gate)
        {
            _end = why;
            waiters = [.. _waiters];
            _waiters.Clear();
        }

        foreach (var waiter in waiters)
            waiter.TrySetException(why(waiter.EventName));
    }

    /// <summary>Events may come again.</summary>
    public void Reopen()
    {
        lock (_gate)
            _end = null;
    }

    internal sealed class Waiter(string eventName) : TaskCompletionSource<ReceivedEvent>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string EventName => eventName;
    }
}
