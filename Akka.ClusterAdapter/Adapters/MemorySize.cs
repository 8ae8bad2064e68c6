using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// What objects take in a process of 64 bits, headers and slack included: a bound that counts payloads only is a bound of nothing when they are
/// small.
/// </summary>
internal static class MemorySize
{
    private const int ObjectHeader = 16;
    private const int ArrayHeader = 24;

    // Key, value, hash and link of an entry, its bucket, and the half of a table that may be empty.
    private const int DictionaryEntry = 56;

    /// <summary>An array, without what its elements refer to.</summary>
    public static long Array<T>(int length) => Aligned(ArrayHeader + ((long)length * Unsafe.SizeOf<T>()));

    /// <summary>A string.</summary>
    public static long Of(string? text) => text is null ? 0 : Text(text.Length);

    /// <summary>A string of so many characters.</summary>
    public static long Text(int length) => Aligned(22 + (2L * length));

    /// <summary>A string as key of a table, and an object of so many fields as its value.</summary>
    public static long Entry(string key, int fields) => DictionaryEntry + Of(key) + ObjectHeader + (fields * 8L);

    /// <summary>A room's name, its object and its entry.</summary>
    public static long OfRoom(string name) => Entry(name, 4);

    /// <summary>A body with its bytes.</summary>
    public static long Of(PacketBody body)
    {
        var bytes = ObjectHeader + 24 + Of(body.Data);
        if (body.Attachments.IsEmpty)
            return bytes;
        bytes += Array<ReadOnlyMemory<byte>>(body.Attachments.Length);
        foreach (var attachment in body.Attachments)
            bytes += Of(attachment);
        return bytes;
    }

    /// <summary>Rooms that are named and left out.</summary>
    public static long Of(RecordedTarget? target) =>
        target is null ? 0 : ObjectHeader + 24 + Array<object>(target.Rooms.Length) + Array<long>(target.Rooms.Length) + Array<object>(target.Except.Length);

    /// <summary>The same body with nothing kept alive beside its own bytes: what came from another worker is part of a larger message.</summary>
    public static PacketBody Detach(PacketBody body)
    {
        if (!IsPart(body.Data) && !body.Attachments.Any(IsPart))
            return body;
        return new PacketBody(Detach(body.Data), ImmutableArray.CreateRange(body.Attachments, Detach));
    }

    private static ReadOnlyMemory<byte> Detach(ReadOnlyMemory<byte> bytes) => IsPart(bytes) ? bytes.ToArray() : bytes;

    private static bool IsPart(ReadOnlyMemory<byte> bytes) => Of(bytes) > Array<byte>(bytes.Length) + (bytes.Length / 8) + 16;

    private static long Of(ReadOnlyMemory<byte> bytes) => Array<byte>(MemoryMarshal.TryGetArray(bytes, out var array) ? array.Array!.Length : bytes.Length);

    private static long Aligned(long bytes) => (bytes + 7) & ~7L;
}
