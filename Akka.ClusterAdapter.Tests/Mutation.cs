namespace Akka.ClusterAdapter.Tests;

/// <summary>Damages bytes in a few places: other, missing, repeated and foreign ones.</summary>
internal static class Mutation
{
    /// <param name="seed">Bytes that make sense; stay as they are.</param>
    /// <param name="random">Decides; the same one does the same.</param>
    /// <param name="alphabet">Bytes that mean something where these go.</param>
    public static byte[] Of(byte[] seed, Random random, ReadOnlySpan<byte> alphabet)
    {
        List<byte> bytes = [.. seed];
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.Insert(at, alphabet[random.Next(alphabet.Length)]);
                    break;
                case 2 when bytes.Count > 1:
                    bytes.RemoveAt(at);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }
}
