using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// What leaves in which order. A large message leaves in chunks, one a turn; what its namespace sends meanwhile waits behind it, and messages of
/// other namespaces pass. Large messages of several namespaces leave one after the other, so that a receiver never holds more than one of an origin.
/// Used by the adapter actor only.
/// </summary>
/// <param name="origin">Whose messages these are.</param>
/// <param name="publish">Sends a message of that many bytes at once.</param>
/// <param name="left">Called with the bytes of each message that has left as a whole.</param>
internal sealed class Outbox(long origin, Action<OrderedMessage, int, IActorRef?> publish, Action<int> left)
{
    private readonly Dictionary<string, Queue<Waiting>> _waiting = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = [];
    private long _packet;
    private int _offset;

    /// <summary>True while something waits for <see cref="Advance"/>.</summary>
    public bool IsBusy => _turns.Count > 0;

    /// <summary>Bytes of the messages that wait.</summary>
    public int Bytes { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Values.Sum(lane => lane.Count);

    /// <summary>Sends a message, or keeps it until it is its turn.</summary>
    /// <param name="message">The message.</param>
    /// <param name="size">Its encoded bytes.</param>
    /// <param name="sender">Whom answers go to.</param>
    public void Add(OrderedMessage message, int size, IActorRef? sender)
    {
        if (_waiting.TryGetValue(message.Namespace, out var before))
        {
            before.Enqueue(new Waiting(message, size, sender));
            Bytes += size;
            return;
        }

        if (size <= PeerLimits.LargestMessage)
        {
            publish(message, size, sender);
            left(size);
            return;
        }

        Bytes += size;
        _waiting.Add(message.Namespace, new Queue<Waiting>([new Waiting(message, size, sender)]));
        _turns.Enqueue(message.Namespace);
    }

    /// <summary>Sends the next chunk and, after the last one, what may follow it.</summary>
    public void Advance()
    {
        if (!_turns.TryPeek(out var name))
            return;
        var lane = _waiting[name];
        if (!SendChunk(lane.Peek()))
            return;
        Leave(lane);
        while (lane.TryPeek(out var next) && next.Size <= PeerLimits.LargestMessage)
        {
            publish(next.Message, next.Size, next.Sender);
            Leave(lane);
        }

        _turns.Dequeue();
        if (lane.Count > 0)
            _turns.Enqueue(name);
        else
            _waiting.Remove(name);
    }

    private void Leave(Queue<Waiting> lane)
    {
        var size = lane.Dequeue().Size;
        Bytes -= size;
        left(size);
    }

    /// <summary>Sends one chunk; true when it was the last of its message.</summary>
    private bool SendChunk(Waiting large)
    {
        if (_offset == 0)
        {
            _packet++;
            // The place is that of its chunks.
            large.Message.Stamp(origin, 0);
        }

        var chunk = Chunk.Cut(_packet, large.Message, _offset, PeerLimits.ChunkOf(large.Message.Namespace));
        var part = new PacketChunk(large.Message.Namespace, chunk);
        publish(part, part.EncodedSize, large.Sender);
        _offset = chunk.IsLast ? 0 : _offset + chunk.Bytes.Length;
        return chunk.IsLast;
    }

    private readonly record struct Waiting(OrderedMessage Message, int Size, IActorRef? Sender);
}
