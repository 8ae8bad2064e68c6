using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>
/// Hellos, and the replies to them: through the topic this worker says who it is, and a worker that answers has proved that it is reached. Used by the
/// adapter actor only.
/// </summary>
/// <param name="state">What this worker tells, and what is counted.</param>
/// <param name="peers">Whom it knows.</param>
/// <param name="subscription">How it hears the others.</param>
/// <param name="outbound">The way out.</param>
/// <param name="origin">Which life of this worker's adapter actor is talking.</param>
/// <param name="log">Told of those that do not fit.</param>
internal sealed class HelloExchange(ClusterState state, Peers peers, TopicSubscription subscription, Outbound outbound, long origin, ILoggingAdapter log)
{
    private long _number;

    /// <summary>Set when this worker is shutting down: nobody should count on it any more.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Says hello, once it is known what this member is.</summary>
    /// <param name="self">The adapter actor, whom replies go to.</param>
    /// <param name="now">The present moment.</param>
    /// <returns>True for the first one.</returns>
    public bool Say(IActorRef self, TimeSpan now)
    {
        if (state.Card is not { } card)
            return false;
        subscription.Expect(now);
        var isEcho = !outbound.IsDirect && state.Metrics.WatchesLatency;
        var hello = new Hello(origin, state.WorkerId, card)
        {
            LastSequence = outbound.LastThroughTopic,
            WantsCredit = outbound.IsDirect || isEcho,
            Window = state.Settings.PeerWindow,
            Number = ++_number,
            Generation = subscription.Generation,
            // An emitter hears no hellos: only from replies it learns of a worker's new life.
            WantsReply = peers.IsAnyInDoubt || !state.Readiness.IsReady || card.Kind == PeerKind.Emitter,
            IsLeaving = IsLeaving,
        };
        if (isEcho)
            outbound.BeginEcho();
        outbound.Publish(hello, self);
        return _number == 1;
    }

    /// <summary>A hello of this worker's own came back; true when that proves something new.</summary>
    public bool HearOwn(Hello hello, TimeSpan now) => hello.Origin == origin && subscription.Hear(hello.Generation, now);

    /// <summary>A hello of another member came.</summary>
    /// <returns>Who said it; null when it comes late, from an earlier life of its adapter actor.</returns>
    public Peer? Hear(Hello hello, IActorRef sender, TimeSpan now)
    {
        var peer = peers.Greet(hello, now);
        if (peer.Origin != hello.Origin)
            return null;
        peer.Address ??= sender.Path.Address;
        peer.Actor = sender;
        return peer;
    }

    /// <summary>Answers a hello. Whoever said it sends its messages to the replying actor.</summary>
    public void Reply(Hello hello, Peer peer, IActorRef sender, IActorRef self)
    {
        if (state.Card is not { } card)
            return;
        var confirms = !peer.IsRefused && (peer.HearsUs || !peer.MayBeWorker);
        var reply = new HelloReply(origin, state.WorkerId, card)
        {
            HelloOrigin = hello.Origin,
            Generation = subscription.Generation,
            ConfirmsReceiver = confirms,
        };
        sender.Tell(reply, self);
    }

    /// <summary>A worker answers a hello of this one.</summary>
    /// <returns>False when the reply proves nothing: it was meant for an earlier life of this worker's adapter actor, or comes from no worker.</returns>
    public bool HearReply(HelloReply reply, TimeSpan now)
    {
        if (reply.HelloOrigin != origin || reply.Card.Kind != PeerKind.Worker)
            return false;
        peers.Confirm(reply, now);
        return true;
    }

    /// <summary>What a member that asks without a hello is told.</summary>
    public void TellStatus(IActorRef asker)
    {
        if (state.Card is { } card)
            asker.Tell(new WorkerStatus(origin, state.WorkerId, card, state.SessionCount(), state.Readiness.IsReady && !IsLeaving), ActorRefs.NoSender);
    }

    /// <summary>
    /// What has the role and is no worker does not hear hellos either, so it is asked. A worker need not answer: its reply to a hello says more.
    /// </summary>
    public void AskStrangers(IActorRefFactory system, IActorRef self)
    {
        foreach (var stranger in peers.Strangers)
        {
            if (stranger.Address is { } address)
                system.ActorSelection(new RootActorPath(address) / "user" / ClusterAdapterExtension.ActorName).Tell(StatusRequest.Instance, self);
        }
    }

    /// <summary>Whether another member fits this one.</summary>
    public void Check(Peer peer, Member self)
    {
        CheckConflict(peer);
        CheckTag(peer, self);
    }

    private void CheckConflict(Peer peer)
    {
        if (peer.IsRefused || state.Card is not { } mine || peer.Card?.ConflictWith(mine) is not { } conflict)
            return;
        peers.Refuse(peer);
        log.Error("{0} {1} is refused: {2}.", peer.Card.Kind, peer.WorkerId, conflict);
    }

    /// <summary>Two workers drew the same tag: the younger one, which has fewer sessions or none, takes another.</summary>
    private void CheckTag(Peer peer, Member self)
    {
        if (peer.Card is not { Tag.Length: > 0 } card || card.Tag != state.Card?.Tag || peer.Member is not { } member || !member.IsOlderThan(self))
            return;
        state.Counters.Add(PeerCounter.TagCollisions);
        log.Info("Worker {0} has the tag of this one, {1}, and is older: this worker takes another.", peer.WorkerId, card.Tag);
        state.TagTaken?.Invoke();
    }
}
