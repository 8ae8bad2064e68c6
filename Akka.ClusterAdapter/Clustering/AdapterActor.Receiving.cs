using System.Runtime.Serialization;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>What comes from the other workers: in their order, whole, to the namespace it is for.</summary>
internal sealed partial class AdapterActor
{
    private readonly Reassembly _chunks;

    private void ReceiveOrdered()
    {
        Receive<OrderedMessage>(message => OnOrdered(message, isDirect: false));
        Receive<PeerBatch>(OnBatch);
        Receive<DirectMessage>(direct => OnOrdered(direct.Message, isDirect: true));
        Receive<DirectBegins>(begins => _peers.OfOrigin(begins.Origin)?.Stream.BeginDirect(begins.Before, begins.Next));
        Receive<DirectReached>(OnDirectReached);
        Receive<CreditDue>(due => GiveCredit(_peers.OfOrigin(due.Origin)));
    }

    private void OnBatch(PeerBatch batch)
    {
        if (_state.IsOwn(batch.Origin))
            return;
        foreach (var message in batch.Messages)
        {
            if (message is OrderedMessage ordered)
                OnOrdered(ordered, isDirect: false);
            else
                OnUnknown((UnknownPeerMessage)message);
        }
    }

    private void OnOrdered(OrderedMessage message, bool isDirect)
    {
        // The topic loops back; what this worker has to do itself was done before the message left.
        if (_state.IsOwn(message.Origin))
            return;
        _state.Counters.Add(PeerCounter.Received);
        // Who has not said hello yet is not counted.
        if (_peers.OfOrigin(message.Origin) is not { } peer)
            Carry(message, null, Sender);
        else if (peer.IsRefused)
            _state.Counters.Add(PeerCounter.FromRefused);
        else if (!isDirect)
            TakePublished(peer, message);
        else if (peer.Stream.MustHold)
            peer.Stream.Hold(message, Sender);
        else
            Take(peer, message, Sender);
    }

    private void OnDirectReached(DirectReached reached)
    {
        if (_peers.OfOrigin(reached.Origin) is { } peer)
            CountGap(peer, peer.Stream.Reach(reached.Before, reached.Last));
    }

    private void TakePublished(Peer peer, OrderedMessage message)
    {
        HearTopic(peer, message.Sequence - 1);
        Take(peer, message, Sender);
        HearTopic(peer, message.Sequence);
    }

    /// <summary>Nothing up to this number comes through the topic any more: what came directly and was held for it is due.</summary>
    private void HearTopic(Peer peer, long sequence)
    {
        peer.Stream.HearTopic(sequence);
        while (peer.Stream.TryRelease(out var message, out var sender))
            Take(peer, message, sender);
    }

    private void Take(Peer peer, OrderedMessage message, IActorRef? sender)
    {
        if (!peer.Stream.TryAdvance(message.Sequence, out var missing))
        {
            _state.Counters.Add(PeerCounter.Duplicates);
            return;
        }

        peer.Stream.Take(message.Size);
        Carry(message, peer.Stream, sender);
        CountGap(peer, missing);
    }

    private void Carry(OrderedMessage message, PeerStream? stream, IActorRef? sender)
    {
        if (message is PacketChunk chunk)
        {
            Assemble(chunk, stream, sender);
            Done(message, stream);
            return;
        }

        _chunks.Interrupt(message.Origin, message.Namespace);
        TellLost();
        Route(message, stream, sender);
    }

    private void Assemble(PacketChunk part, PeerStream? stream, IActorRef? sender)
    {
        var added = _chunks.Add(part.Origin, part.Namespace, part.Chunk, Now);
        TellLost();
        if (added is not { } bytes)
            return;
        try
        {
            if (PeerMessageSerializer.Read(bytes, part.Chunk.Manifest) is OrderedMessage whole and not PacketChunk)
            {
                stream?.Take(whole.Size);
                Route(whole, stream, sender);
            }
            else
            {
                OnUnknown(new UnknownPeerMessage(part.Chunk.Manifest, bytes));
            }
        }
        catch (SerializationException malformed)
        {
            _state.Counters.Add(PeerCounter.UnknownMessages);
            _log.Error(malformed, "A packet of worker {0} that came in chunks cannot be read.", NameOf(part.Origin));
        }
    }

    private void Route(OrderedMessage message, PeerStream? stream, IActorRef? sender)
    {
        if (_namespaces.TryGetValue(message.Namespace, out var actor))
        {
            message.Stream = stream;
            actor.Tell(message, sender);
            return;
        }

        _state.Counters.Add(PeerCounter.UnknownNamespace);
        if (NamespaceActor.Nothing(message, _origin) is { } nothing)
            sender?.Tell(nothing, ActorRefs.NoSender);
        Done(message, stream);
    }

    private void Done(OrderedMessage message, PeerStream? stream)
    {
        if (stream?.Done(message.Size) == true)
            GiveCredit(_peers.OfOrigin(message.Origin));
    }

    private void GiveCredit(Peer? peer)
    {
        if (peer?.Actor is not { } actor)
            return;
        _state.Counters.Add(PeerCounter.Credits);
        actor.Tell(peer.Stream.Credit(_origin, peer.Origin), ActorRefs.NoSender);
    }

    private void CountGap(Peer peer, long missing)
    {
        if (missing == 0)
            return;
        _state.Counters.Add(PeerCounter.Gaps, missing);
        _log.Error("{0} message(s) of worker {1} never arrived.", missing, peer.WorkerId);
        // What was lost is not on its way any more: its origin must not wait for it.
        GiveCredit(peer);
    }

    private void TellLost()
    {
        while (_chunks.TryTakeLost(out var lost))
            OnPacketLost(lost.Origin, lost.Namespace, lost.Size, lost.Error);
    }

    private void OnPacketLost(long origin, string @namespace, int size, ReassemblyError error)
    {
        _state.Counters.Add(error == ReassemblyError.TooLarge ? PeerCounter.TooLarge : PeerCounter.Incomplete);
        if (error == ReassemblyError.TooLarge)
            _log.Error("A packet of {0} bytes from worker {1} for namespace {2} is dropped: it is larger than akka.cluster-adapter.max-packet-size here ({3}). Set the same on every worker.", size, NameOf(origin), @namespace, _state.Settings.MaxPacketSize);
        else
            _log.Error("A packet of {0} bytes from worker {1} for namespace {2} is lost: a part of it never arrived.", size, NameOf(origin), @namespace);
    }

    private string NameOf(long origin) => _peers.OfOrigin(origin)?.WorkerId ?? "of unknown name";

    private void OnEnded(long origin)
    {
        _chunks.Forget(origin);
        TellLost();
        _outbound.Close(origin);
        var ended = new OriginEnded(origin);
        foreach (var actor in _namespaces.Values)
            actor.Tell(ended);
    }
}
