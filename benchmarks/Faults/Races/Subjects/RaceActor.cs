using Akka.Actor;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A mailbox: one message at a time, in the order in which they came, each a step of its own beside everything else.</summary>
internal sealed class RaceActor(Race race, string name, Action<object> receive) : MinimalActorRef
{
    private readonly Queue<object> _mailbox = new();
    private bool _isScheduled;

    public override ActorPath Path { get; } = new RootActorPath(new Address("akka", "race"), "/") / name;

    public override IActorRefProvider Provider => throw new NotSupportedException();

    public void Tell(object message) => Tell(message, ActorRefs.NoSender);

    protected override void TellInternal(object message, IActorRef sender)
    {
        _mailbox.Enqueue(message);
        Schedule();
    }

    private void Schedule()
    {
        if (_isScheduled || _mailbox.Count == 0)
            return;
        _isScheduled = true;
        race.Start(name, Receive);
    }

    private void Receive()
    {
        receive(_mailbox.Dequeue());
        _isScheduled = false;
        Schedule();
    }
}
