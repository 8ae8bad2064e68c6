using System.IO.Pipelines;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A connection's output to nowhere; the test is told of each write while it is under way.</summary>
internal sealed class HookedWriter(Action writing) : PipeWriter
{
    private readonly PipeWriter _inner = Create(Stream.Null);

    public override void Advance(int bytes) => _inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        writing();
        return _inner.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        writing();
        return _inner.GetSpan(sizeHint);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => _inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => _inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);
}
