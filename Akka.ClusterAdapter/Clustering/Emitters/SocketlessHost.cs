using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering.Emitters;

/// <summary>A namespace on a member that serves no sockets: nobody is in it here.</summary>
internal sealed class SocketlessHost(string name, IPacketParser parser) : IAdapterHost
{
    public string Name { get; } = name;

    public IPacketParser Parser { get; } = parser;

    public bool IsConnected(string socketId) => false;

    public void Deliver(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options)
    {
    }

    public IDisposable DeliverWithAck(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options, IAckSink sink)
    {
        sink.Expect([]);
        return new Nothing();
    }

    public SocketDetails? Describe(string socketId) => null;

    public void Join(string socketId, IReadOnlyList<string> rooms)
    {
    }

    public void Leave(string socketId, IReadOnlyList<string> rooms)
    {
    }

    public void Disconnect(string socketId, bool close)
    {
    }

    public void RaiseServerSide(PacketBody body, Action<PacketBody>? answer)
    {
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
