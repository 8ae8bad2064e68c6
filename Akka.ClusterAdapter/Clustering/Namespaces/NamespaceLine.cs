using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Akka.ClusterAdapter.Clustering.Namespaces;

/// <summary>
/// What waits in front of a namespace's actor. While nothing does, the adapter actor may carry out a broadcast for few clients itself: its order is the
/// same, and no thread is woken. What may run the application's code goes to the namespace's actor always.
/// </summary>
/// <param name="adapter">The namespace.</param>
/// <param name="local">The half that what comes from other workers is carried out with.</param>
/// <param name="counters">Counts what fails.</param>
internal sealed partial class NamespaceLine(AkkaClusterAdapter adapter, InMemoryAdapter local, PeerCounters counters)
{
    private int _waiting;

    /// <summary>A message goes to the namespace's actor.</summary>
    public void Add() => Interlocked.Increment(ref _waiting);

    /// <summary>It was carried out; from any thread.</summary>
    public void Done() => Interlocked.Decrement(ref _waiting);

    /// <summary>Carries a message out, if it is such a one. By the adapter actor.</summary>
    public bool TryCarryOut(OrderedMessage message)
    {
        if (message is not Broadcast broadcast || Volatile.Read(ref _waiting) > 0 || (message.Trace is not null && Traces.IsOn) || !adapter.Receives(local))
            return false;
        try
        {
            return local.TryCarryForFew(broadcast.Body, broadcast.Options);
        }
        catch (Exception error)
        {
            // As when its actor does it.
            Fail(error, message);
            return true;
        }
    }

    /// <summary>What the namespace throws is its own affair.</summary>
    public void Fail(Exception error, OrderedMessage message)
    {
        counters.Add(PeerCounter.DeliveryErrors);
        Log.DeliveryFailed(adapter.Logger, error, message.Namespace, message.GetType().Name);
    }

    private static partial class Log
    {
        [LoggerMessage(5002, LogLevel.Error, "Namespace {Namespace} failed at {Message} from another worker.")]
        public static partial void DeliveryFailed(ILogger logger, Exception exception, string @namespace, string message);
    }
}
