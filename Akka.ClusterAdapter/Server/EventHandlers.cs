namespace Akka.ClusterAdapter.Server;

/// <summary>Handlers by event name, in the order they were added.</summary>
/// <param name="parameters">What a handler may ask for.</param>
internal sealed class EventHandlers(ParameterRule parameters)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry[]> _handlers = new(StringComparer.Ordinal);

    public IDisposable Add(string eventName, EventBinding binding, bool once)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        parameters.Check(binding, eventName);
        var entry = new Entry(this, eventName, binding, once);
        lock (_gate)
            _handlers[eventName] = _handlers.TryGetValue(eventName, out var entries) ? [.. entries, entry] : [entry];
        return entry;
    }

    public void RemoveAll(string eventName)
    {
        lock (_gate)
            _handlers.Remove(eventName);
    }

    public void Clear()
    {
        lock (_gate)
            _handlers.Clear();
    }

    /// <summary>Handlers of an event; those added for one time are taken out here. The array must not be changed.</summary>
    public ReadOnlySpan<Entry> Take(string eventName)
    {
        lock (_gate)
        {
            if (!_handlers.TryGetValue(eventName, out var entries))
                return default;
            if (Array.Exists(entries, entry => entry.Once))
                Keep(eventName, entries, entry => !entry.Once);
            return entries;
        }
    }

    private void Keep(string eventName, Entry[] entries, Predicate<Entry> kept)
    {
        var left = Array.FindAll(entries, kept);
        if (left.Length == 0)
            _handlers.Remove(eventName);
        else
            _handlers[eventName] = left;
    }

    /// <summary>One handler; disposing it takes it out.</summary>
    internal sealed class Entry(EventHandlers owner, string eventName, EventBinding binding, bool once) : IDisposable
    {
        public EventBinding Binding => binding;

        public bool Once => once;

        public void Dispose()
        {
            lock (owner._gate)
            {
                if (owner._handlers.TryGetValue(eventName, out var entries))
                    owner.Keep(eventName, entries, entry => entry != this);
            }
        }
    }
}
