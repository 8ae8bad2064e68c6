using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace TestKitExample;

/// <summary>Somebody came online.</summary>
public sealed record CameOnline(string User);

/// <summary>An actor of an application: it tells the room <c>lobby</c> who came online, wherever in the cluster its members are.</summary>
public sealed class PresenceActor : ReceiveActor
{
    private static readonly BroadcastOptions Lobby = new() { Rooms = ["lobby"] };

    public PresenceActor(IAdapter adapter, IPacketParser parser) =>
        ReceiveAsync<CameOnline>(async message => await adapter.BroadcastAsync(Event(parser, "online", message.User), Lobby));

    public static Props Props(IAdapter adapter, IPacketParser parser) => Akka.Actor.Props.Create(() => new PresenceActor(adapter, parser));

    private static PacketBody Event(IPacketParser parser, string name, string argument)
    {
        var body = parser.CreateBody();
        body.Write(name);
        body.Write(argument);
        return body.Complete();
    }
}
