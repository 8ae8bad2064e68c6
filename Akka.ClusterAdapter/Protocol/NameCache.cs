using System.Text;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Strings of short names (events, namespaces) that arrive again and again. Bounded: a new name takes the slot of an older one, so a flood of names
/// costs speed, never memory.
/// Thread-safe without a lock, since entries are immutable.
/// </summary>
internal sealed class NameCache
{
    private const int Slots = 512;
    private const int MaxBytes = 64;

    private readonly Entry?[] _entries = new Entry?[Slots];

    /// <summary>The string of valid UTF-8 bytes.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty || utf8.Length > MaxBytes)
            return Encoding.UTF8.GetString(utf8);

        ref var slot = ref _entries[Hash(utf8) % Slots];
        var entry = Volatile.Read(ref slot);
        if (entry is not null && utf8.SequenceEqual(entry.Utf8))
            return entry.Text;

        entry = new Entry(utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        Volatile.Write(ref slot, entry);
        return entry.Text;
    }

    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = 2166136261u; // FNV-1a
        foreach (var value in utf8)
            hash = (hash ^ value) * 16777619u;
        return hash;
    }

    private sealed class Entry(byte[] utf8, string text)
    {
        public byte[] Utf8 { get; } = utf8;

        public string Text { get; } = text;
    }
}
