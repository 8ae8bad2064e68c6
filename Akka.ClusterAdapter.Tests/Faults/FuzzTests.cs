using Akka.ClusterAdapter.Faults.Fuzz;

namespace Akka.ClusterAdapter.Tests.Faults;

/// <summary>
/// A short part of "make fuzz", always the same. Whatever bytes come, a decoder throws nothing but what its documentation says, and
/// allocates no more than its bound, which is linear.
/// </summary>
public sealed class FuzzTests
{
    private const int Seed = 21;
    private const int Inputs = 3_000;
    private const int Runs = 15;

    public static TheoryData<string> Decoders => [.. Targets.Names];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void A_decoder_refuses_or_reads_whatever_comes(string name)
    {
        var report = new Fuzzer(Targets.Of(name), Seed).Run(count => count < Inputs);

        Assert.Equal(Inputs, report.Inputs);
        Assert.True(report.Finds.Count == 0, string.Join('\n', report.Finds));
        Assert.True(report.Accepted > 0, "nothing was accepted");
    }

    [Fact]
    public async Task Sessions_end_once_whatever_clients_do()
    {
        for (var seed = Seed; seed < Seed + Runs; seed++)
            await StatefulRun.RunAsync(seed);
    }

    [Fact]
    public void A_decoder_that_throws_or_costs_too_much_is_found()
    {
        var kept = new List<byte[]>();
        var bad = new FuzzTarget("bad", ["abc"u8.ToArray()], ["x"u8.ToArray()], Run, static _ => false) { BaseBytes = 1_000, BytesPerByte = 10 };

        var report = new Fuzzer(bad, Seed).Run(count => count < Inputs);

        Assert.Contains(report.Finds, find => find.What.Contains(nameof(FormatException), StringComparison.Ordinal));
        Assert.Contains(report.Finds, find => find.What.Contains("allocated", StringComparison.Ordinal));

        void Run(byte[] input)
        {
            if (input.AsSpan().IndexOf("xx"u8) >= 0)
                throw new FormatException();
            if (input.Length > 100)
                kept.Add(new byte[input.Length * input.Length]);
            kept.Clear();
        }
    }

    [Fact]
    public void Every_decoder_has_a_corpus()
    {
        Assert.All(Targets.Names, name => Assert.NotEmpty(Corpus.Of(name)));
    }
}
