using System.Text;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>Something that must not be: a foreign exception, or more memory than an input may cost.</summary>
internal sealed record Find(string Target, byte[] Input, string What)
{
    private const int MostShown = 500;

    /// <summary>As a line of the corpus, when it is not too long.</summary>
    public override string ToString() =>
        $"{Target}: {What}\n  hex:{Convert.ToHexString(Input.AsSpan(0, Math.Min(Input.Length, MostShown)))}\n"
        + $"  {Encoding.Latin1.GetString(Input, 0, Math.Min(Input.Length, MostShown)).ReplaceLineEndings("␤")}";
}

/// <summary>What one run over a target came to.</summary>
internal sealed record FuzzReport(
    string Target, long Inputs, long Accepted, long MostBytes, int MostBytesLength, int Pool, int Edges, IReadOnlyList<Find> Finds)
{
    public override string ToString() =>
        $"{Target,-20} {Inputs,12:N0} inputs, {100.0 * Accepted / Math.Max(1, Inputs),5:0.0} % accepted, at most {MostBytes:N0} "
        + $"B allocated (for {MostBytesLength} B)"
        + (Edges > 0 ? $", {Edges:N0} edges, {Pool:N0} inputs kept" : "") + $", {Finds.Count} finds";
}

/// <summary>Feeds one target on one thread, from a seed; with <see cref="Coverage"/> it keeps inputs that reach new code.</summary>
internal sealed class Fuzzer(FuzzTarget target, int seed, Coverage? coverage = null)
{
    private const int MostFinds = 5;
    private const int MostKept = 20_000;

    private readonly Random _random = new(seed);
    private readonly List<byte[]> _pool = [.. target.Seeds];
    private readonly List<Find> _finds = [];
    private readonly HashSet<string> _kinds = [];
    private long _accepted;
    private (long Bytes, int Length) _most;

    public FuzzReport Run(Func<long, bool> goesOn)
    {
        // What is made once, the first time, is nobody's input.
        foreach (var input in target.Seeds)
        {
            Try(input, isMeasured: false);
            Try(input, isMeasured: false);
        }

        _accepted = 0;
        var mutator = new Mutator(_random, target.Alphabet);
        var count = 0L;
        for (; goesOn(count) && _finds.Count < MostFinds; count++)
        {
            target.Between?.Invoke(count);
            var input = mutator.Of(_pool[_random.Next(_pool.Count)], _pool[_random.Next(_pool.Count)]);
            Try(count % 32 == 31 ? mutator.Grown(input) : input, isMeasured: true);
        }

        return new(target.Name, count, _accepted, _most.Bytes, _most.Length, _pool.Count, coverage?.Edges ?? 0, _finds);
    }

    private void Try(byte[] input, bool isMeasured)
    {
        coverage?.Begin();
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
            _accepted++;
        }
        catch (Exception e) when (target.IsDocumented(e))
        {
            // The one permitted answer.
        }
        catch (Exception e)
        {
            Found(input, e.GetType().Name + At(e), $"{e}");
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        if (!isMeasured)
            return;
        if (bytes > _most.Bytes)
            _most = (bytes, input.Length);
        if (bytes > target.Bound(input.Length) && CostsAgain(input))
            Found(input, "memory", $"{bytes:N0} B allocated for {input.Length} B, at most {target.Bound(input.Length):N0} may be");
        if (coverage?.IsNew() == true && _pool.Count < MostKept)
            _pool.Add(input);
    }

    /// <summary>A table that grew, a pool's buffer, a type's first use: once. What an input costs, it costs each time.</summary>
    private bool CostsAgain(byte[] input)
    {
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                target.Run(input);
            }
            catch (Exception)
            {
                // Counted with what it costs; a foreign one was told already.
            }

            if (GC.GetAllocatedBytesForCurrentThread() - before <= target.Bound(input.Length))
                return false;
        }

        return true;
    }

    private void Found(byte[] input, string kind, string what)
    {
        if (_kinds.Add(kind))
            _finds.Add(new Find(target.Name, input, what));
    }

    private static string At(Exception e) =>
        e.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Akka.ClusterAdapter", StringComparison.Ordinal)) ?? "";
}
