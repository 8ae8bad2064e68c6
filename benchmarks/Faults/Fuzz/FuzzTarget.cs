namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>A decoder that reads bytes of strangers, and what it may do with them.</summary>
/// <param name="Name">As it is called in the corpus and on the command line.</param>
/// <param name="Seeds">Inputs that make sense.</param>
/// <param name="Alphabet">Bytes and texts that mean something to it.</param>
/// <param name="Run">Decodes; throws what is documented.</param>
/// <param name="IsDocumented">Whether an exception is one that the decoder names as its answer to bad input.</param>
internal sealed record FuzzTarget(
    string Name, IReadOnlyList<byte[]> Seeds, IReadOnlyList<byte[]> Alphabet, Action<byte[]> Run, Func<Exception, bool> IsDocumented)
{
    /// <summary>What an input may allocate whatever its length: an exception with its stack, the decoder, a first buffer.</summary>
    public int BaseBytes { get; init; } = 32 * 1024;

    /// <summary>What each byte of an input may allocate besides: linear, so that nobody gets more for twice as much.</summary>
    public int BytesPerByte { get; init; } = 200;

    /// <summary>What is done between two inputs, with a count of them.</summary>
    public Action<long>? Between { get; init; }

    public long Bound(int length) => BaseBytes + ((long)BytesPerByte * length);
}
