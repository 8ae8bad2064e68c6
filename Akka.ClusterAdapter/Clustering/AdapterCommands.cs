using System.Collections.Immutable;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>What the inside of one worker tells its adapter actor; never leaves the process. One that comes after the end is nothing to log.</summary>
internal interface IAdapterCommand : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>Publish this. A request is answered with what was gathered: it comes by way of Ask.</summary>
/// <param name="Message">The message.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Answered">An action that is told of each answer to a request as it comes; null gathers them for the reply.</param>
internal sealed record Outgoing(OrderedMessage Message, int Size, Delegate? Answered = null) : IAdapterCommand;

/// <summary>Nobody waits for the answers of this request any more.</summary>
internal sealed record CancelRequest(long RequestId) : IAdapterCommand;

/// <summary>A request has its reply, or was cancelled: its aggregator may have the next.</summary>
internal sealed record RequestEnded(long RequestId) : IAdapterCommand;

/// <summary>The aggregator that sends this has stopped.</summary>
internal sealed record AggregatorStopped : IAdapterCommand
{
    public static AggregatorStopped Instance { get; } = new();
}

/// <summary>These requests were under way when the adapter actor crashed, and their aggregators have stopped.</summary>
internal sealed record RequestsLeft(IReadOnlyList<GatherRequest> Requests) : IAdapterCommand;

/// <summary>The adapter actor tells itself: it is time for a hello.</summary>
internal sealed record Tick : IAdapterCommand
{
    public static Tick Instance { get; } = new();
}

/// <summary>A worker is no longer waited for.</summary>
internal sealed record PeerGone(long Origin) : IAdapterCommand;

/// <summary>A worker sends nothing more and takes no answers.</summary>
internal sealed record OriginEnded(long Origin) : IAdapterCommand;

/// <summary>A worker says nothing to whoever joins from now on.</summary>
internal sealed record OriginSilent(long Origin) : IAdapterCommand;

/// <summary>Ask these how far they are in a namespace.</summary>
/// <param name="Namespace">Its name between workers.</param>
/// <param name="Log">Which log wants to know.</param>
/// <param name="Origins">Whom: lives of adapter actors.</param>
internal sealed record AskPositions(string Namespace, long Log, ImmutableArray<long> Origins) : IAdapterCommand;

/// <summary>Something that was sent to a namespace is lost.</summary>
internal sealed record HoleNoted : IAdapterCommand
{
    public static readonly HoleNoted Instance = new();
}

/// <summary>Enough of a worker's messages were carried out to tell it.</summary>
internal sealed record CreditDue(long Origin) : IAdapterCommand;

/// <summary>This namespace has clients on this worker from now on.</summary>
/// <param name="Adapter">Its adapter.</param>
/// <param name="Local">The half that what comes from other workers is carried out with.</param>
internal sealed record Attach(AkkaClusterAdapter Adapter, InMemoryAdapter Local) : IAdapterCommand;

/// <summary>This namespace has no clients on this worker any more.</summary>
internal sealed record Detach(AkkaClusterAdapter Adapter) : IAdapterCommand;

/// <summary>The namespace is gone: end behind what was sent to it before.</summary>
internal sealed record Retire : IAdapterCommand
{
    public static Retire Instance { get; } = new();
}

/// <summary>This worker's card has changed: tell the others.</summary>
internal sealed record CardChanged : IAdapterCommand
{
    public static CardChanged Instance { get; } = new();
}

/// <summary>Tell the others that this worker leaves; answered with <see cref="Drained"/>.</summary>
internal sealed record Drain(string Reason) : IAdapterCommand;

/// <summary>The others will be told.</summary>
internal sealed record Drained : IAdapterCommand
{
    public static Drained Instance { get; } = new();
}
