using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <content>Events between workers.</content>
public sealed partial class Namespace
{
    internal override IArgumentFormat ServerSideFormat => Server.ServerSideFormat;

    internal void RaiseServerSide(PacketBody body, Action<PacketBody>? answer)
    {
        var format = ServerSideFormat;
        var context = new EventContext(null, format, format.Read(PacketType.Event, body), answer);
        Server.Invoke(_serverSide.Take(context.Name), context, Name);
    }
}
