using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A connection whose ends are heard of by somebody who throws.</summary>
internal sealed class FaultyConnection : IHttpRequestLifetimeFeature, IConnectionLifetimeNotificationFeature
{
    public CancellationToken RequestAborted { get; set; }

    public CancellationToken ConnectionClosedRequested { get; set; }

    public void Abort() => throw new AggregateException(new InvalidOperationException());

    public void RequestClose() => throw new AggregateException(new InvalidOperationException());

    /// <summary>What it reads, once.</summary>
    internal sealed class Input(Task<int> read) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(read);
    }
}
