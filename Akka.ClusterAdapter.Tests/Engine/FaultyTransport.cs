using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A transport that does what the test says, throwing included.</summary>
internal sealed class FaultyTransport : IEngineTransport
{
    public Func<bool> Ready { get; set; } = static () => true;

    public Func<ValueTask<bool>> Write { get; set; } = static () => new(true);

    public string Name => "faulty";

    public bool IsReady => Ready();

    public bool IsDirect { get; init; }

    public bool TryTake(List<OutboundPacket> batch) => false;

    public ValueTask<bool> WriteAsync(List<OutboundPacket> batch) => Write();
}
