using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Remoting;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Clustering.Namespaces;

/// <summary>The actors of this worker's namespaces, by the namespace's name. Used by the adapter actor only.</summary>
/// <param name="context">The adapter actor's; the namespaces' actors are its children.</param>
/// <param name="state">Which adapters there are.</param>
/// <param name="origin">This worker's, for their answers.</param>
internal sealed class NamespaceActors(IActorContext context, ClusterState state, long origin)
{
    private readonly Dictionary<string, (IActorRef Actor, NamespaceLine Line)> _actors = new(StringComparer.Ordinal);
    // Who has its clients on the loop has its handlers there, and those of the other workers' events too.
    private readonly string _dispatcher = ClusterLoop.Of(context.System).Use == LoopUse.Clients
        ? ClusterLoop.DispatcherOf(context.System)
        : Dispatchers.DefaultDispatcherId;

    private int _made;

    /// <summary>A namespace has clients on this worker from now on.</summary>
    /// <param name="adapter">Its adapter.</param>
    /// <param name="local">The half that what comes from other workers is carried out with.</param>
    public void Attach(AkkaClusterAdapter adapter, InMemoryAdapter local)
    {
        // What waits for it is still taken, so that its origins know that it is done with.
        if (_actors.Remove(adapter.Name, out var earlier))
            earlier.Actor.Tell(Retire.Instance, ActorRefs.NoSender);
        // The namespace's own name may hold anything; an actor's may not.
        var line = new NamespaceLine(adapter, local, state.Counters);
        var props = NamespaceActor.Props(adapter, local, line, origin, state.Counters, state.Settings.MaxPacketSize);
        _actors.Add(adapter.Name, (context.ActorOf(props.WithDispatcher(_dispatcher), $"ns-{_made++}"), line));
    }

    /// <summary>
    /// A namespace has no clients here any more. When it was resumed meanwhile, its <see cref="Attach"/> comes after this and makes a new actor.
    /// </summary>
    public void Detach(AkkaClusterAdapter adapter)
    {
        var isPresent = !state.Adapters.TryGetValue(adapter.Name, out var present) || ReferenceEquals(present, adapter);
        if (isPresent && _actors.Remove(adapter.Name, out var earlier))
            earlier.Actor.Tell(Retire.Instance, ActorRefs.NoSender);
    }

    /// <summary>Hands a message to its namespace; false when this worker does not have it.</summary>
    public bool TryTell(OrderedMessage message, IActorRef? sender)
    {
        if (!_actors.TryGetValue(message.Namespace, out var its))
            return false;
        its.Line.Add();
        its.Actor.Tell(message, sender);
        return true;
    }

    /// <summary>Carries a message out here and now, when that takes no time and is nobody's affair; otherwise nothing is done.</summary>
    public bool TryCarryOut(OrderedMessage message) => _actors.TryGetValue(message.Namespace, out var its) && its.Line.TryCarryOut(message);

    /// <summary>
    /// Something that was sent to this worker is lost: who is away may miss it. Behind what came before, which may wait still: a client that leaves until that
    /// has been carried out is away as well.
    /// </summary>
    /// <param name="namespace">Where it was for; null where nobody knows.</param>
    public void NoteHole(string? @namespace = null)
    {
        foreach (var (name, its) in _actors)
        {
            if (@namespace is null || @namespace == name)
                its.Actor.Tell(HoleNoted.Instance, ActorRefs.NoSender);
        }
    }

    /// <summary>An origin says nothing to whoever joins from now on. Behind what came from it, which may wait still.</summary>
    public void End(long origin)
    {
        var silent = new OriginSilent(origin);
        foreach (var its in _actors.Values)
            its.Actor.Tell(silent, ActorRefs.NoSender);
    }

    /// <summary>An origin takes no answers any more.</summary>
    public void Forget(long origin)
    {
        var ended = new OriginEnded(origin);
        foreach (var its in _actors.Values)
            its.Actor.Tell(ended, ActorRefs.NoSender);
    }
}
