using Akka.Actor;
using Google.Protobuf;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>A link without TLS.</summary>
internal sealed class PlainLink(Address local, Address remote, Connection connection, LinkTransport transport) : Link(local, remote, connection, transport)
{
    private readonly byte[] _room = transport.Home.Receiver.Buffer;

    public override void OnReadable()
    {
        if (Connection.Receive(_room) is > 0 and var count)
            Deliver(_room.AsSpan(0, count));
    }

    protected override void Start() => Connection.Read();

    protected override bool TryPut(ByteString payload)
    {
        WriteFrame(Connection.Add(FrameReader.Header + payload.Length), payload);
        Connection.Flush();
        return true;
    }
}
