using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// What a worker knows of the others, for <see cref="System.Diagnostics.Metrics"/>. Nothing is measured: the numbers are there already, and are read when somebody looks
/// (docs/observability.md). <c>socketio.cluster.</c> and a counter's name are what <see cref="ClusterAdapterExtension.Counters"/> tells under that name.
/// </summary>
internal sealed class ClusterMetrics : IDisposable
{
    private const string Prefix = "socketio.cluster.";
    private const string Root = "metrics";

    private readonly ServerMeter _meter;

    public ClusterMetrics(IMeterFactory? factory, ClusterState state)
    {
        _meter = new(factory, "");
        foreach (var counter in PeerCounters.All)
            Create(counter, state);
        _meter.Meter.CreateObservableUpDownCounter(
            Prefix + "workers", () => state.Guard.Read(Root, () => Workers(state), []), "{worker}", "Workers of the cluster by state: confirmed, this one included, and those that join or leave.");
        _meter.Meter.CreateObservableUpDownCounter(
            Prefix + "handed_over", () => state.Guard.Read(Root, () => state.BackPressure.Bytes, 0), "By", "Bytes of messages that were handed over and have not left for the other workers.");
        _meter.Meter.CreateObservableUpDownCounter(
            Prefix + "requests.pending", () => state.Guard.Read(Root, () => state.OutstandingRequests, 0), "{request}", "Questions to the other workers that are not answered yet.");
        _meter.Meter.CreateObservableUpDownCounter(
            Prefix + "ready", () => state.Guard.Read(Root, () => state.Readiness.IsReady ? 1 : 0, 0), "{worker}", "1 while this worker takes clients.");
    }

    public void Dispose() => _meter.Dispose();

    private void Create(PeerCounter counter, ClusterState state)
    {
        var (unit, description) = Describe(counter);
        _meter.Meter.CreateObservableCounter(Prefix + PeerCounters.NameOf(counter).Replace('-', '_'), () => state.Guard.Read(Root, () => state.Counters[counter], 0), unit, description);
    }

    private static Measurement<int>[] Workers(ClusterState state)
    {
        var (confirmed, all) = (state.Peers.Length, state.Known.Length);
        return [new(state.ServerCount, new KeyValuePair<string, object?>("state", "confirmed")), new(Math.Max(0, all - confirmed), new KeyValuePair<string, object?>("state", "unconfirmed"))];
    }

    private static (string Unit, string Description) Describe(PeerCounter counter) => counter switch
    {
        PeerCounter.Published => ("{message}", "Messages that left for the other workers."),
        PeerCounter.Batches => ("{batch}", "Times several messages left as one."),
        PeerCounter.Received => ("{message}", "Messages that came from other workers."),
        PeerCounter.Gaps => ("{message}", "Messages of other workers that never came."),
        PeerCounter.Dropped => ("{message}", "Messages that were not sent to a worker because it did not keep up."),
        PeerCounter.DirectPeriods => ("{period}", "Times messages began to go directly to each worker, because one did not keep up."),
        PeerCounter.Credits => ("{message}", "Times another worker was told how far this one is with its messages."),
        PeerCounter.Duplicates => ("{message}", "Messages that came twice and were dropped the second time."),
        PeerCounter.UnknownNamespace => ("{message}", "Messages for a namespace that this worker does not have."),
        PeerCounter.UnknownMessages => ("{message}", "Messages of a kind that this worker does not know, or cannot read."),
        PeerCounter.FromRefused => ("{message}", "Messages of workers that were refused."),
        PeerCounter.DeliveryErrors => ("{exception}", "Exceptions while this worker did what another one asked."),
        PeerCounter.Requests => ("{request}", "Questions to the other workers."),
        PeerCounter.RequestsTimedOut => ("{request}", "Questions that ended with the time-out."),
        PeerCounter.AnswersIgnored => ("{answer}", "Answers that came too late, twice or from nobody who was asked."),
        PeerCounter.AnswersTooLarge => ("{answer}", "Answers that were too large to cross."),
        PeerCounter.TooLarge => ("{packet}", "Packets that were too large to cross."),
        PeerCounter.Incomplete => ("{packet}", "Packets and answers given up because a part of them never came."),
        PeerCounter.PeersGone => ("{worker}", "Workers that were lost, downed or left."),
        PeerCounter.TagCollisions => ("{collision}", "Times an older worker had this one's tag."),
        PeerCounter.Resubscriptions => ("{subscription}", "Times the subscription was found dead and made anew."),
        _ => throw new ArgumentOutOfRangeException(nameof(counter), counter, "It has no description."),
    };
}
