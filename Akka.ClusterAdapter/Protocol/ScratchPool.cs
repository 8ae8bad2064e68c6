namespace Akka.ClusterAdapter.Protocol;

/// <summary>Working memory of one encoding.</summary>
internal interface IScratch
{
    /// <summary>Forgets everything, a value broken off in the middle included; false when it has grown too large to be kept.</summary>
    bool TryReset();
}

/// <summary>A few scratches, so that encoding does not allocate what it throws away. Thread-safe; never waits.</summary>
internal sealed class ScratchPool<T>(Func<T> create)
    where T : class, IScratch
{
    private readonly T?[] _free = new T?[2 * Environment.ProcessorCount];

    public T Rent()
    {
        for (var i = 0; i < _free.Length; i++)
        {
            if (Volatile.Read(ref _free[i]) is not null && Interlocked.Exchange(ref _free[i], null) is { } scratch)
                return scratch;
        }

        return create();
    }

    public void Return(T scratch)
    {
        if (!scratch.TryReset())
            return;
        for (var i = 0; i < _free.Length; i++)
        {
            if (Volatile.Read(ref _free[i]) is null && Interlocked.CompareExchange(ref _free[i], scratch, null) is null)
                return;
        }
    }
}
