using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Engine.Limits;

/// <summary>
/// Counts what messages hold that have begun and not ended, of all clients together. Over the limit the one that began first goes: who only wants to hold
/// memory
/// waits, an honest client's message is complete soon.
/// </summary>
internal sealed class IncompleteMessages(long most, Guard guard)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<IncompleteMessage> _oldestFirst = new();
    private long _bytes;

    /// <summary>What all of them hold.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>A message began that is not complete yet.</summary>
    /// <param name="evict">Ends its client's connection; called at most once, on any thread.</param>
    public IncompleteMessage Begin(Action evict)
    {
        var message = new IncompleteMessage(this, evict);
        lock (_gate)
            message.Node = _oldestFirst.AddLast(message);
        return message;
    }

    /// <summary>Sets what a message holds. One that was ended or has had to go is counted no more.</summary>
    public void Set(IncompleteMessage message, long bytes)
    {
        List<IncompleteMessage>? gone = null;
        lock (_gate)
        {
            if (message.Node is null)
                return;

            _bytes += bytes - message.Bytes;
            message.Bytes = bytes;
            while (_bytes > most && _oldestFirst.First is { Value: var oldest })
            {
                Remove(oldest);
                (gone ??= []).Add(oldest);
            }
        }

        foreach (var each in gone ?? [])
            guard.Run(nameof(IncompleteMessages), static message => message.Evict(), each);
    }

    /// <summary>It is complete, or given up.</summary>
    public void End(IncompleteMessage message)
    {
        lock (_gate)
            Remove(message);
    }

    // Under the lock.
    private void Remove(IncompleteMessage message)
    {
        if (message.Node is not { } node)
            return;

        _oldestFirst.Remove(node);
        _bytes -= message.Bytes;
        message.Node = null;
    }
}

/// <summary>What one message holds that is not complete.</summary>
internal sealed class IncompleteMessage(IncompleteMessages all, Action evict)
{
    /// <summary>Its place; null when it is counted no more. Guarded by the lock of all, as is <see cref="Bytes"/>.</summary>
    public LinkedListNode<IncompleteMessage>? Node { get; set; }

    public long Bytes { get; set; }

    /// <summary>Sets what it holds now.</summary>
    public void Set(long bytes) => all.Set(this, bytes);

    public void End() => all.End(this);

    public void Evict() => evict();
}
