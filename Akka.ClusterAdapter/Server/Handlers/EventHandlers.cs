using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>
/// Handlers by event name, in the order they were added. Every socket that has handlers of its own has one, so it is small: a table of
/// chains that go through the entries. Thread-safe.
/// </summary>
internal sealed class EventHandlers
{
    private const int MostInChain = 2;

    private readonly Lock _gate = new();
    private Entry?[] _chains = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a handler.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="plan">How the handler is called.</param>
    /// <param name="target">The delegate, or the handler class.</param>
    /// <param name="once">True for the first such event only.</param>
    /// <returns>Disposing it takes the handler out.</returns>
    /// <exception cref="ArgumentException">The name belongs to Socket.IO: no client can send such an event.</exception>
    public IDisposable Add(string eventName, HandlerPlan plan, object target, bool once = false)
    {
        if (ReservedEventNames.Contains(eventName))
            throw new ArgumentException($"\"{eventName}\" belongs to Socket.IO itself: no client can send it. {RemedyOf(eventName)}", nameof(eventName));
        var entry = once ? new OnceEntry(this, eventName, plan, target) : new Entry(this, eventName, plan, target);
        lock (_gate)
        {
            if (_count >= _chains.Length * MostInChain)
                Grow();
            Append(entry);
            _count++;
        }

        return entry;
    }

    /// <summary>
    /// Refuses what Node.js calls when a client connects: here it is a name like any other, and would never be called. Who takes an argument means an event.
    /// </summary>
    /// <exception cref="ArgumentException">It is that.</exception>
    public static HandlerPlan Wanted(HandlerPlan plan, string eventName) => eventName != "connection" || plan.TakesArguments
        ? plan
        : throw new ArgumentException($"{plan.Name} is not called when a client connects: use OnConnection. "
            + "For an event of that name, which clients may send, let it take an EventContext.", nameof(eventName));

    private static string RemedyOf(string eventName) => eventName switch
    {
        "connect" => "Use OnConnection.",
        "disconnect" => "Use OnDisconnect.",
        "disconnecting" => "Use OnDisconnecting.",
        _ => "Choose another name.",
    };

    public void RemoveAll(string eventName)
    {
        lock (_gate)
            Remove(static (entry, eventName) => entry.EventName == eventName, eventName);
    }

    /// <summary>Takes the handler out that was added last, of those that are this delegate.</summary>
    public bool Remove(string eventName, Delegate handler)
    {
        lock (_gate)
        {
            Entry? last = null;
            foreach (var entry in All())
            {
                if (entry.EventName == eventName && entry.Is(handler))
                    last = entry;
            }

            if (last is null)
                return false;
            Remove(static (entry, last) => entry == last, last);
            return true;
        }
    }

    /// <summary>How many handlers an event has.</summary>
    public int CountOf(string eventName)
    {
        lock (_gate)
            return All().Count(entry => entry.EventName == eventName);
    }

    /// <summary>Whether an event has a handler.</summary>
    public bool Has(string eventName)
    {
        if (Count == 0)
            return false;
        lock (_gate)
        {
            for (var entry = _chains[ChainOf(eventName)]; entry is not null; entry = entry.Next)
            {
                if (entry.EventName == eventName)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Events that have a handler, each once.</summary>
    public string[] Names()
    {
        lock (_gate)
            return [.. All().Select(static entry => entry.EventName).Distinct(StringComparer.Ordinal)];
    }

    public void Clear()
    {
        lock (_gate)
        {
            Array.Clear(_chains);
            _count = 0;
        }
    }

    /// <summary>Adds the handlers of an event to those that are called; those that were added for one time are taken out here.</summary>
    public void Take(string eventName, ref CalledHandlers called)
    {
        if (Count == 0)
            return;
        lock (_gate)
        {
            var (chain, isAnyOnce) = (ChainOf(eventName), false);
            for (var entry = _chains[chain]; entry is not null; entry = entry.Next)
            {
                if (entry.EventName != eventName)
                    continue;
                called.Add(entry);
                isAnyOnce |= entry is OnceEntry;
            }

            if (isAnyOnce)
                Remove(static (entry, eventName) => entry is OnceEntry && entry.EventName == eventName, eventName);
        }
    }

    // Under the lock, to the end.
    private IEnumerable<Entry> All()
    {
        foreach (var chain in _chains)
        {
            for (var entry = chain; entry is not null; entry = entry.Next)
                yield return entry;
        }
    }

    private void Append(Entry entry)
    {
        ref var place = ref _chains[ChainOf(entry.EventName)];
        if (place is null)
        {
            place = entry;
            return;
        }

        var last = place;
        while (last.Next is { } next)
            last = next;
        last.Next = entry;
    }

    // An entry that was taken out keeps its way on, for nobody walks a chain without the lock.
    private void Remove<T>(Func<Entry, T, bool> matches, T argument)
    {
        for (var i = 0; i < _chains.Length; i++)
        {
            Entry? before = null;
            for (var entry = _chains[i]; entry is not null; entry = entry.Next)
            {
                if (!matches(entry, argument))
                {
                    before = entry;
                    continue;
                }

                _count--;
                if (before is null)
                    _chains[i] = entry.Next;
                else
                    before.Next = entry.Next;
            }
        }
    }

    private void Grow()
    {
        var old = _chains;
        _chains = new Entry?[Math.Max(1, old.Length * 2)];
        foreach (var chain in old)
        {
            for (var entry = chain; entry is not null;)
            {
                var next = entry.Next;
                entry.Next = null;
                Append(entry);
                entry = next;
            }
        }
    }

    // The application chooses the names: nobody can choose them to be of one chain.
    private int ChainOf(string eventName)
    {
        var hash = eventName.Length == 0 ? 0 : (eventName.Length * 31) + (eventName[0] * 7) + eventName[^1] + (eventName[eventName.Length / 2] * 3);
        return hash & (_chains.Length - 1);
    }

    /// <summary>One handler; disposing it takes it out.</summary>
    internal class Entry(EventHandlers owner, string eventName, HandlerPlan plan, object target) : IDisposable
    {
        public string EventName => eventName;

        public HandlerPlan Plan => plan;

        public Entry? Next { get; set; }

        public bool Is(Delegate handler) => target is Delegate given && given == handler;

        public ValueTask InvokeAsync(EventContext context) => plan.InvokeAsync(target, context);

        public void Dispose()
        {
            lock (owner._gate)
                owner.Remove(static (entry, me) => entry == me, this);
        }
    }

    private sealed class OnceEntry(EventHandlers owner, string eventName, HandlerPlan plan, object target) : Entry(owner, eventName, plan, target);
}
