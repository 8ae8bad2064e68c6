using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>What leaves: see <see cref="Outbound"/>.</summary>
internal sealed partial class AdapterActor
{
    private readonly Outbound _outbound;

    private void ReceiveOutgoing()
    {
        Receive<Outgoing>(outgoing => Send(outgoing.Message, outgoing.Size, ActorRefs.NoSender));
        Receive<NextChunk>(_ => Follow(_outbound.SendChunk()));
        Receive<SendBatch>(_ => _outbound.Flush());
        Receive<PeerCredit>(OnCredit);
    }

    private void Send(OrderedMessage message, int size, IActorRef? sender)
    {
        if (_peers.Any)
            Follow(_outbound.Send(message, size, sender));
        else
            _state.BackPressure.Remove(size);
    }

    /// <summary>When messages begin to go directly, a hello follows through the topic: the others know by it that nothing older is still under way there.</summary>
    private void Follow(bool isDirectFromNow)
    {
        if (!isDirectFromNow)
            return;
        _state.IsDirect = true;
        SayHello();
        GreetSoon();
    }

    /// <summary>A confirmed worker gets a window, and keeps it until the cluster has removed it: the topic goes on sending to one that stands still.</summary>
    private void OpenWindow(Peer peer)
    {
        if (peer is { IsConfirmed: true, IsGoing: false, Actor: { } actor })
            _outbound.Open(peer.Origin, actor, peer.WorkerId);
    }

    private void OnCredit(PeerCredit credit)
    {
        _outbound.Credit(credit);
        _state.IsDirect = _outbound.IsDirect;
    }
}
