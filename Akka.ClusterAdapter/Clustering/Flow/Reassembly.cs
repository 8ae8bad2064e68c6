namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>Why a message that came in chunks was given up.</summary>
internal enum ReassemblyError
{
    /// <summary>A chunk never came.</summary>
    Incomplete,

    /// <summary>It is larger than this worker takes.</summary>
    TooLarge,
}

/// <summary>A message that came in chunks and was given up.</summary>
/// <param name="Origin">Whose it was.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Error">Why.</param>
internal readonly record struct LostPacket(long Origin, string Namespace, int Size, ReassemblyError Error);

/// <summary>
/// Puts messages together that came in chunks: one at a time per origin and namespace, for their order is kept. What an origin has under way
/// never takes more than the largest packet. Used by one actor only.
/// </summary>
/// <param name="maxPacket">Bytes of the largest message taken.</param>
/// <param name="patience">How long the next chunk may take.</param>
internal sealed class Reassembly(int maxPacket, TimeSpan patience)
{
    private readonly Dictionary<(long Origin, string Namespace), Partial> _partials = [];
    private Queue<LostPacket>? _lost;

    /// <summary>True when no message is under way.</summary>
    public bool IsEmpty => _partials.Count == 0;

    /// <summary>Bytes that wait for the rest of their message.</summary>
    public long Bytes { get; private set; }

    /// <summary>What was given up and not told yet: each once. To be asked after each other call.</summary>
    public bool TryTakeLost(out LostPacket lost)
    {
        lost = default;
        return _lost?.TryDequeue(out lost) == true;
    }

    /// <summary>Takes the next chunk.</summary>
    /// <returns>The whole message when this chunk completes it; otherwise null.</returns>
    public byte[]? Add(long origin, string @namespace, in Chunk chunk, TimeSpan now)
    {
        var key = (origin, @namespace);
        if (!_partials.TryGetValue(key, out var partial) || partial.Packet != chunk.Packet)
            partial = Begin(key, chunk, now);
        partial.LastChunk = now;
        // Of a message that was given up the rest is of no use.
        if (partial.IsGivenUp)
            return null;
        if (!partial.TryAdd(chunk))
        {
            GiveUp(key, partial, ReassemblyError.Incomplete);
            return null;
        }

        if (!partial.IsComplete)
            return null;
        Remove(key, partial);
        return partial.Bytes;
    }

    /// <summary>A whole message of an origin and a namespace came: nothing more comes of one that is under way there.</summary>
    public void Interrupt(long origin, string @namespace)
    {
        if (_partials.TryGetValue((origin, @namespace), out var partial))
            End((origin, @namespace), partial);
    }

    /// <summary>An origin is gone, and what it did not finish with it.</summary>
    public void Forget(long origin)
    {
        foreach (var (key, partial) in _partials.Where(entry => entry.Key.Origin == origin).ToList())
            End(key, partial);
    }

    /// <summary>Gives up what has waited too long. That it was is remembered for as long again: the rest may still come.</summary>
    public void Sweep(TimeSpan now)
    {
        if (_partials.Count == 0)
            return;
        foreach (var (key, partial) in _partials.Where(entry => now - entry.Value.LastChunk > patience).ToList())
        {
            if (partial.IsGivenUp)
                _partials.Remove(key);
            else
                GiveUp(key, partial, ReassemblyError.Incomplete);
            partial.LastChunk = now;
        }
    }

    private Partial Begin((long Origin, string Namespace) key, in Chunk chunk, TimeSpan now)
    {
        Interrupt(key.Origin, key.Namespace);
        var partial = new Partial(chunk.Packet, chunk.Manifest, chunk.Total) { LastChunk = now };
        if (chunk.Offset != 0 || chunk.Total > maxPacket)
        {
            _partials.Add(key, partial);
            GiveUp(key, partial, chunk.Offset != 0 ? ReassemblyError.Incomplete : ReassemblyError.TooLarge);
            return partial;
        }

        MakeRoom(key.Origin, chunk.Total);
        partial.Allocate();
        Bytes += partial.Size;
        _partials.Add(key, partial);
        return partial;
    }

    /// <summary>An origin sends the chunks of one message after those of the other: what is left of earlier ones was lost on its way.</summary>
    private void MakeRoom(long origin, int size)
    {
        var others = _partials.Where(entry => entry.Key.Origin == origin && !entry.Value.IsGivenUp).OrderBy(entry => entry.Value.LastChunk).ToList();
        var taken = others.Sum(entry => (long)entry.Value.Size);
        foreach (var (key, partial) in others)
        {
            if (taken + size <= maxPacket)
                return;
            taken -= partial.Size;
            GiveUp(key, partial, ReassemblyError.Incomplete);
        }
    }

    private void End((long Origin, string Namespace) key, Partial partial)
    {
        if (!partial.IsGivenUp)
            GiveUp(key, partial, ReassemblyError.Incomplete);
        _partials.Remove(key);
    }

    private void Remove((long Origin, string Namespace) key, Partial partial)
    {
        Bytes -= partial.Size;
        _partials.Remove(key);
    }

    /// <summary>The bytes go at once; that it was given up is remembered until something else comes, so that it is told once.</summary>
    private void GiveUp((long Origin, string Namespace) key, Partial partial, ReassemblyError error)
    {
        if (partial.Bytes is not null)
            Bytes -= partial.Size;
        partial.GiveUp();
        (_lost ??= []).Enqueue(new LostPacket(key.Origin, key.Namespace, partial.Size, error));
    }

    private sealed class Partial(long packet, string manifest, int size)
    {
        private int _filled;

        public long Packet { get; } = packet;

        public int Size { get; } = size;

        public byte[]? Bytes { get; private set; }

        public bool IsGivenUp { get; private set; }

        public TimeSpan LastChunk { get; set; }

        public bool IsComplete => _filled == Size;

        public void Allocate() => Bytes = GC.AllocateUninitializedArray<byte>(Size);

        public void GiveUp()
        {
            Bytes = null;
            IsGivenUp = true;
        }

        public bool TryAdd(in Chunk chunk)
        {
            if (chunk.Offset != _filled || chunk.Total != Size || chunk.Manifest != manifest || chunk.Bytes.Length > Size - _filled)
                return false;
            chunk.Bytes.CopyTo(Bytes.AsMemory(_filled));
            _filled += chunk.Bytes.Length;
            return true;
        }
    }
}
