using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A clock that fails once when told to.</summary>
internal sealed class FaultyTime : FakeTimeProvider
{
    private int _calls;

    /// <summary>Fails when it is asked the next time, or that many times later.</summary>
    public void FailOnce(int after = 0) => Volatile.Write(ref _calls, after + 1);

    public override long GetTimestamp()
    {
        if (Volatile.Read(ref _calls) > 0 && Interlocked.Decrement(ref _calls) == 0)
            throw new InvalidOperationException("the clock");
        return base.GetTimestamp();
    }
}
