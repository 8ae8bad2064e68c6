using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A clock that fails once when told to.</summary>
internal sealed class FaultyTime : FakeTimeProvider
{
    private int _faults;

    public void FailOnce() => Volatile.Write(ref _faults, 1);

    public override long GetTimestamp() =>
        Interlocked.Exchange(ref _faults, 0) == 1 ? throw new InvalidOperationException("the clock") : base.GetTimestamp();
}
