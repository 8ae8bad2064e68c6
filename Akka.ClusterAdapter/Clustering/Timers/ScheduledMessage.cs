using Akka.Actor;
using Akka.Actor.Scheduler;

namespace Akka.ClusterAdapter.Clustering.Timers;

/// <summary>
/// What an actor is told when its time has come. In a mailbox it is wrapped as Akka's own scheduler wraps it: the actor's cell unwraps it, and nobody
/// serializes it where an application has its messages serialized to test them.
/// </summary>
internal sealed class ScheduledMessage(ICanTell receiver, object message, IActorRef sender)
{
    private readonly object _message = receiver is ActorRefWithCell ? Wrap(message) : message;

    public void Tell() => receiver.Tell(_message, sender);

    private static IScheduledTellMsg Wrap(object message) => message is INotInfluenceReceiveTimeout ? new QuietEnvelope(message) : new Envelope(message);

    private sealed record Envelope(object Message) : IScheduledTellMsg;

    /// <summary>For a message that does not count as one for a receive time-out.</summary>
    private sealed record QuietEnvelope(object Message) : IScheduledTellMsg, INotInfluenceReceiveTimeout;
}
