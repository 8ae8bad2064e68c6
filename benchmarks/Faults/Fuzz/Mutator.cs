namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>Damages inputs: other, missing, repeated, foreign and crossed parts, numbers at their limits.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> alphabet)
{
    /// <summary>No input is longer: what is linear up to here is so beyond.</summary>
    public const int Longest = 4_096;

    private static readonly byte[] Edges = [0, 1, 0x1E, 0x7F, 0x80, 0xFF, (byte)'0', (byte)'9', (byte)'"', (byte)'\\'];

    public byte[] Of(byte[] seed, byte[] other)
    {
        List<byte> bytes = [.. seed];
        for (var changes = random.Next(1, 5); changes > 0; changes--)
            Change(bytes, other);
        return bytes.Count <= Longest ? [.. bytes] : [.. bytes.Take(Longest)];
    }

    /// <summary>The same, made longer by repeating a part of it: what costs more than its length shows here.</summary>
    public byte[] Grown(byte[] seed)
    {
        if (seed.Length == 0)
            return seed;
        var at = random.Next(seed.Length);
        var part = seed.AsSpan(at, random.Next(1, Math.Min(24, seed.Length - at) + 1)).ToArray();
        var times = Math.Max(0, random.Next(Longest - seed.Length + 1)) / part.Length;
        return [.. seed.AsSpan(0, at), .. Enumerable.Repeat(part, times).SelectMany(bytes => bytes), .. seed.AsSpan(at)];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        var at = random.Next(bytes.Count + 1);
        var rest = bytes.Count - at;
        switch (random.Next(9))
        {
            case 0 when rest > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes.InsertRange(at, alphabet[random.Next(alphabet.Count)]);
                break;
            case 2 when rest > 0:
                bytes.RemoveRange(at, random.Next(1, Math.Min(9, rest) + 1));
                break;
            case 3 when rest > 0:
                bytes.InsertRange(at, bytes.GetRange(at, random.Next(1, Math.Min(17, rest) + 1)));
                break;
            case 4 when rest > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 5 when rest > 0:
                bytes[at] = Edges[random.Next(Edges.Length)];
                break;
            case 6 when other.Length > 0:
                var from = random.Next(other.Length);
                bytes.RemoveRange(at, rest);
                bytes.AddRange(other.AsSpan(from));
                break;
            case 7 when rest > 0:
                bytes.RemoveRange(at, rest);
                break;
            default:
                bytes.Insert(at, (byte)random.Next(256));
                break;
        }
    }
}
