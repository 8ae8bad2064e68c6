using Akka.ClusterAdapter.Clustering.Flow;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>Chunks of several origins, in any order and of any size, as bytes say: what is kept stays bounded, and nothing is kept of who has gone.</summary>
internal static class ChunkStreams
{
    public const int MaxPacket = 1_000;
    private const int Origins = 3;

    public static void Run(byte[] input)
    {
        var chunks = new Reassembly(MaxPacket, TimeSpan.FromSeconds(30));
        var now = TimeSpan.Zero;
        for (var at = 0; at + 8 <= input.Length; now += TimeSpan.FromSeconds(1))
        {
            var (origin, packet) = (input[at] % Origins, (long)input[at + 1]);
            var (total, offset) = (input[at + 2] | ((input[at + 3] & 7) << 8), input[at + 4] | ((input[at + 5] & 7) << 8));
            var length = Math.Min(input[at + 6], input.Length - at - 8);
            Act(chunks, input[at + 7], origin, new Chunk(packet, "B1", total, offset, input.AsMemory(at + 8, length)), now);
            at += 8 + length;
            if (chunks.Bytes is < 0 or > 4 * Origins * 2 * MaxPacket)
                throw new InvalidOperationException($"{chunks.Bytes} bytes are kept.");
        }

        for (var origin = 0; origin < Origins; origin++)
            chunks.Forget(origin);
        if (chunks.Bytes != 0 || !chunks.IsEmpty)
            throw new InvalidOperationException("Something is kept of those that have gone.");
    }

    private static void Act(Reassembly chunks, byte what, int origin, in Chunk chunk, TimeSpan now)
    {
        var ns = (what & 1) == 0 ? "/" : "/a";
        switch (what >> 5)
        {
            case 7:
                chunks.Forget(origin);
                break;
            case 6:
                chunks.Interrupt(origin, ns);
                break;
            case 5:
                chunks.Sweep(now);
                break;
            default:
                if (chunks.Add(origin, ns, chunk, now) is { Length: var whole } && whole != chunk.Total)
                    throw new InvalidOperationException("A message of another size than it was told to have.");
                break;
        }

        while (chunks.TryTakeLost(out _))
        {
        }
    }
}
