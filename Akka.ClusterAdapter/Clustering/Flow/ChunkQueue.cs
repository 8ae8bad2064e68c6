using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>What leaves now.</summary>
/// <param name="Message">The message, or a chunk of one.</param>
/// <param name="Size">Its encoded bytes.</param>
/// <param name="Sender">Whom answers go to.</param>
/// <param name="Whole">Bytes of the message that has left as a whole with it; null while chunks of it are still to come.</param>
internal readonly record struct Departure(OrderedMessage Message, int Size, IActorRef? Sender, int? Whole);

/// <summary>
/// Messages that are too large to leave as one, and those that wait behind them. A large message leaves in chunks, one a turn; what its namespace sends
/// meanwhile waits behind it, and messages of other namespaces pass. Large messages of several namespaces leave one after the other, so that a receiver
/// never holds more than one of an origin. Used by the adapter actor only.
/// </summary>
/// <param name="origin">Whose messages these are.</param>
internal sealed class ChunkQueue(long origin)
{
    private readonly Dictionary<string, Queue<Waiting>> _waiting = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = [];
    private long _packet;
    private int _offset;

    /// <summary>True while something waits for <see cref="TakeTurn"/>.</summary>
    public bool IsBusy => _turns.Count > 0;

    /// <summary>Bytes of the messages that wait.</summary>
    public int Bytes { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Values.Sum(lane => lane.Count);

    /// <summary>False for a message that may leave at once; others are kept until it is their turn.</summary>
    /// <param name="message">The message.</param>
    /// <param name="size">Its encoded bytes.</param>
    /// <param name="sender">Whom answers go to.</param>
    public bool TryKeep(OrderedMessage message, int size, IActorRef? sender)
    {
        if (!_waiting.TryGetValue(message.Namespace, out var lane))
        {
            if (size <= PeerLimits.LargestMessage)
                return false;
            _waiting.Add(message.Namespace, lane = []);
            _turns.Enqueue(message.Namespace);
        }

        lane.Enqueue(new Waiting(message, size, sender));
        Bytes += size;
        return true;
    }

    /// <summary>The next chunk and, after the last one, what may follow it. Each must have left before the next is asked for.</summary>
    public IEnumerable<Departure> TakeTurn()
    {
        if (!_turns.TryPeek(out var name))
            yield break;
        var lane = _waiting[name];
        var chunk = Cut(lane.Peek());
        yield return chunk;
        if (chunk.Whole is null)
            yield break;
        Leave(lane);
        while (lane.TryPeek(out var next) && next.Size <= PeerLimits.LargestMessage)
        {
            yield return new Departure(next.Message, next.Size, next.Sender, next.Size);
            Leave(lane);
        }

        EndTurn(name, lane);
    }

    private void Leave(Queue<Waiting> lane) => Bytes -= lane.Dequeue().Size;

    private void EndTurn(string name, Queue<Waiting> lane)
    {
        _turns.Dequeue();
        if (lane.Count > 0)
            _turns.Enqueue(name);
        else
            _waiting.Remove(name);
    }

    private Departure Cut(Waiting large)
    {
        if (_offset == 0)
        {
            _packet++;
            // The place is that of its chunks.
            large.Message.Stamp(origin, 0);
        }

        var chunk = Chunk.Cut(_packet, large.Message, _offset, PeerLimits.ChunkOf(large.Message.Namespace));
        var part = new PacketChunk(large.Message.Namespace, chunk);
        _offset = chunk.IsLast ? 0 : _offset + chunk.Bytes.Length;
        return new Departure(part, part.EncodedSize, large.Sender, chunk.IsLast ? large.Size : null);
    }

    private readonly record struct Waiting(OrderedMessage Message, int Size, IActorRef? Sender);
}
