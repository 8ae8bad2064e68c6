using System.Runtime.Serialization;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Namespaces;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// The way of a message into this worker, from top to bottom: it is taken out of its batch, gets its turn in its origin's order, is put together when it
/// comes in chunks, and goes to the namespace it is for. Used by the adapter actor only.
/// </summary>
/// <param name="state">What is counted.</param>
/// <param name="peers">Whose messages these are.</param>
/// <param name="namespaces">Where they end.</param>
/// <param name="origin">This worker's, for what it tells the others.</param>
/// <param name="clock">The present moment.</param>
/// <param name="log">Told of what is lost.</param>
internal sealed class Inbound(ClusterState state, Peers peers, NamespaceActors namespaces, long origin, ITimeProvider clock, ILoggingAdapter log)
{
    private readonly Reassembly _chunks = new(state.Settings.MaxPacketSize, PeerLimits.ChunkPatience);
    private readonly HashSet<string> _unknownKinds = new(StringComparer.Ordinal);

    /// <summary>Bytes of packets that have not come completely. Read by any thread.</summary>
    public long IncompleteBytes => _chunks.Bytes;

    public void Take(PeerBatch batch, IActorRef sender)
    {
        if (state.IsOwn(batch.Origin))
            return;
        foreach (var message in batch.Messages)
        {
            if (message is OrderedMessage ordered)
                Take(ordered, isDirect: false, sender);
            else
                Drop((UnknownPeerMessage)message);
        }
    }

    public void Take(OrderedMessage message, bool isDirect, IActorRef sender)
    {
        // The topic loops back; what this worker has to do itself was done before the message left.
        if (state.IsOwn(message.Origin))
            return;
        state.Counters.Add(PeerCounter.Received);
        state.Counters.Add(PeerCounter.ReceivedBytes, message.Size);
        // Who has not said hello yet is not counted.
        if (peers.OfOrigin(message.Origin) is not { } peer)
            Carry(message, null, sender);
        else if (peer.IsRefused)
            state.Counters.Add(PeerCounter.FromRefused);
        else if (!isDirect)
            TakePublished(peer, message, sender);
        else if (peer.Stream.MustHold)
            peer.Stream.Hold(message, sender);
        else
            TakeNext(peer, message, sender);
    }

    /// <summary>Counts and forgets a message of a kind that this version does not know.</summary>
    public void Drop(UnknownPeerMessage message)
    {
        state.Counters.Add(PeerCounter.UnknownMessages);
        if (!_unknownKinds.Add(message.Manifest))
            return;
        log.Warning(
            "A worker sent a message of kind {0}, which this version does not know; it is dropped, and so are those that follow.",
            message.Manifest);
    }

    /// <summary>Direct messages follow.</summary>
    public void BeginDirect(DirectBegins begins) => peers.OfOrigin(begins.Origin)?.Stream.BeginDirect(begins.Before, begins.Next);

    /// <summary>What has not come by now was lost.</summary>
    public void Reach(DirectReached reached)
    {
        if (peers.OfOrigin(reached.Origin) is { } peer)
            CountGap(peer, peer.Stream.Reach(reached.Before, reached.Last));
    }

    /// <summary>A hello names the last number before it on the topic.</summary>
    public void Align(Peer peer, long lastThroughTopic)
    {
        CountGap(peer, peer.Stream.Align(lastThroughTopic));
        HearTopic(peer, lastThroughTopic);
    }

    /// <summary>Tells a worker how far this one is with its messages.</summary>
    public void GiveCredit(long of)
    {
        if (peers.OfOrigin(of) is not { Actor: { } actor } peer)
            return;
        state.Counters.Add(PeerCounter.Credits);
        actor.Tell(peer.Stream.Credit(origin, peer.Origin), ActorRefs.NoSender);
    }

    /// <summary>An origin sends nothing more, and what it did not finish is lost.</summary>
    public void Forget(long ended)
    {
        _chunks.Forget(ended);
        TellLost();
    }

    /// <summary>Gives up what has waited too long for its next chunk.</summary>
    public void Sweep()
    {
        _chunks.Sweep(clock.MonotonicClock);
        TellLost();
    }

    private void TakePublished(Peer peer, OrderedMessage message, IActorRef sender)
    {
        HearTopic(peer, message.Sequence - 1);
        TakeNext(peer, message, sender);
        HearTopic(peer, message.Sequence);
    }

    /// <summary>Nothing up to this number comes through the topic any more: what came directly and was held for it is due.</summary>
    private void HearTopic(Peer peer, long sequence)
    {
        peer.Stream.HearTopic(sequence);
        while (peer.Stream.TryRelease(out var message, out var sender))
            TakeNext(peer, message, sender);
    }

    private void TakeNext(Peer peer, OrderedMessage message, IActorRef? sender)
    {
        if (!peer.Stream.TryAdvance(message.Sequence, out var missing))
        {
            state.Counters.Add(PeerCounter.Duplicates);
            return;
        }

        peer.Stream.Take(message.Size);
        CountGap(peer, missing);
        Carry(message, peer.Stream, sender);
    }

    private void Carry(OrderedMessage message, PeerStream? stream, IActorRef? sender)
    {
        if (message is PacketChunk chunk)
        {
            Assemble(chunk, stream, sender);
            Done(message, stream);
            return;
        }

        if (!_chunks.IsEmpty)
        {
            _chunks.Interrupt(message.Origin, message.Namespace);
            TellLost();
        }

        Route(message, stream, sender);
    }

    private void Assemble(PacketChunk part, PeerStream? stream, IActorRef? sender)
    {
        var added = _chunks.Add(part.Origin, part.Namespace, part.Chunk, clock.MonotonicClock);
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
                Drop(new UnknownPeerMessage(part.Chunk.Manifest, bytes));
            }
        }
        catch (SerializationException malformed)
        {
            state.Counters.Add(PeerCounter.UnknownMessages);
            namespaces.NoteHole(part.Namespace);
            log.Error(malformed, "A packet of worker {0} that came in chunks cannot be read.", NameOf(part.Origin));
        }
    }

    private void Route(OrderedMessage message, PeerStream? stream, IActorRef? sender)
    {
        message.Stream = stream;
        if (namespaces.TryCarryOut(message))
        {
            Done(message, stream);
            return;
        }

        if (namespaces.TryTell(message, sender))
            return;
        state.Counters.Add(PeerCounter.UnknownNamespace);
        if (NamespaceActor.Nothing(message, origin) is { } nothing)
            sender?.Tell(nothing, ActorRefs.NoSender);
        Done(message, stream);
    }

    private void Done(OrderedMessage message, PeerStream? stream)
    {
        if (stream?.Done(message.Size) == true)
            GiveCredit(message.Origin);
    }

    private void CountGap(Peer peer, long missing)
    {
        if (missing == 0)
            return;
        state.Counters.Add(PeerCounter.Gaps, missing);
        namespaces.NoteHole();
        log.Error("{0} message(s) of worker {1} never arrived.", missing, peer.WorkerId);
        // What was lost is not on its way any more: its origin must not wait for it.
        GiveCredit(peer.Origin);
    }

    private void TellLost()
    {
        while (_chunks.TryTakeLost(out var lost))
            TellLost(lost);
    }

    private void TellLost(LostPacket lost)
    {
        var isTooLarge = lost.Error == ReassemblyError.TooLarge;
        state.Counters.Add(isTooLarge ? PeerCounter.TooLarge : PeerCounter.Incomplete);
        var why = isTooLarge
            ? $"dropped: it is larger than akka.cluster-adapter.max-packet-size here ({state.Settings.MaxPacketSize}). Set the same on every worker."
            : "lost: a part of it never arrived.";
        namespaces.NoteHole(lost.Namespace);
        log.Error("A packet of {0} bytes from worker {1} for namespace {2} is {3}", lost.Size, NameOf(lost.Origin), lost.Namespace, why);
    }

    private string NameOf(long of) => peers.OfOrigin(of)?.WorkerId ?? "of unknown name";
}
