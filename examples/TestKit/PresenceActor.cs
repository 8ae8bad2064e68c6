using Akka.Actor;
using Akka.ClusterAdapter.Clustering;

namespace TestKitExample;

/// <summary>Somebody came online.</summary>
public sealed record CameOnline(string User);

/// <summary>Who is in the lobby? Answered with <see cref="Lobby"/>.</summary>
public sealed record WhoIsThere;

/// <summary>What the clients in the lobby call themselves.</summary>
public sealed record Lobby(IReadOnlyList<string> Users);

/// <summary>
/// An actor of an application: it tells the room <c>lobby</c> who came online, wherever in the cluster its members are, and asks them who they are.
/// It needs nothing but its own actor system, which may serve sockets or not.
/// </summary>
public sealed class PresenceActor : ReceiveActor
{
    public PresenceActor()
    {
        var lobby = SocketIOEmitter.Create(Context.System).Of("/chat").To("lobby");
        ReceiveAsync<CameOnline>(async message => await lobby.EmitAsync("online", message.User));
        Receive<WhoIsThere>(_ => lobby.EmitWithAckAsync<string>("who", []).PipeTo(Sender, success: users => new Lobby(users)));
    }

    public static Props Props() => Akka.Actor.Props.Create(() => new PresenceActor());
}
