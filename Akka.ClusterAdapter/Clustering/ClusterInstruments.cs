using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// The instruments of a member of the cluster on one application's meter. <c>socketio.cluster.</c> and a counter's name are what
/// <see cref="ClusterAdapterExtension.Counters"/> tells under that name.
/// </summary>
internal sealed class ClusterInstruments : IDisposable
{
    private const string Prefix = "socketio.cluster.";
    private const string Root = "metrics";

    private readonly ServerMeter _meter;
    private readonly ClusterState _state;
    private readonly Action<ClusterInstruments> _ended;
    private readonly Histogram<double> _requests;
    private readonly Histogram<double> _latency;
    private int _users = 1;

    /// <param name="factory">The application's; null for the process.</param>
    /// <param name="state">Whose numbers these are.</param>
    /// <param name="ended">Told when nobody wants them any more.</param>
    public ClusterInstruments(IMeterFactory? factory, ClusterState state, Action<ClusterInstruments> ended)
    {
        Factory = factory;
        _state = state;
        _ended = ended;
        _meter = new(factory, "");
        _requests = _meter.CreateDuration(Prefix + "request.duration", "How long questions to the other workers take, by kind and outcome.");
        _latency = _meter.CreateDuration(Prefix + "latency", "How long a message takes to another worker: half of the way there and back.");
        foreach (var counter in PeerCounters.All)
            Create(counter);
        Create("workers", "{worker}", "Workers of the cluster by state: confirmed, this one included, and those that join or leave.", Workers);
        Create("handed_over", "By", "Bytes of messages that were handed over and have not left for the other workers.", () => state.BackPressure.Bytes);
        Create("requests.pending", "{request}", "Questions to the other workers that are not answered yet.", () => state.OutstandingRequests);
        Create("ready", "{worker}", "1 while this worker takes clients.", () => state.Readiness.IsReady ? 1 : 0);
        Create(
            "window.waiting", "By", "Bytes that wait because a worker does not keep up.",
            () => state.Metrics.Windows.Values.Sum(static window => window.WaitingBytes));
        Create("reassembly", "By", "Bytes of packets of other workers that have not come completely.", () => state.Metrics.Incomplete());
        _meter.Meter.CreateObservableGauge(
            Prefix + "window.fill", () => state.Guard.Read(Root, Fill, 0), "1",
            "How full the fullest window to another worker is: at 1 messages begin to go directly.");
    }

    public IMeterFactory? Factory { get; }

    public bool WatchesLatency => _latency.Enabled;

    public bool TimesRequests => _requests.Enabled;

    /// <summary>Somebody else of the same application wants them too.</summary>
    public ClusterInstruments Again()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    public void RequestEnded(string kind, string outcome, TimeSpan duration)
    {
        try
        {
            _meter.Record(_requests, duration.TotalSeconds, new("kind", kind), new("outcome", outcome));
        }
        catch (Exception e)
        {
            _state.Guard.Fail(Root, e);
        }
    }

    public void Latency(TimeSpan oneWay)
    {
        try
        {
            _meter.Record(_latency, oneWay.TotalSeconds);
        }
        catch (Exception e)
        {
            _state.Guard.Fail(Root, e);
        }
    }

    public void End() => _meter.Dispose();

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) > 0)
            return;
        _ended(this);
        End();
    }

    private void Create(PeerCounter counter)
    {
        var (unit, description) = Describe(counter);
        _meter.Meter.CreateObservableCounter(
            Prefix + PeerCounters.NameOf(counter).Replace('-', '_'), () => _state.Guard.Read(Root, () => _state.Counters[counter], 0), unit, description);
    }

    private void Create(string name, string unit, string description, Func<long> read) =>
        _meter.Meter.CreateObservableUpDownCounter(Prefix + name, () => _state.Guard.Read(Root, read, 0), unit, description);

    private void Create(string name, string unit, string description, Func<Measurement<int>[]> read) =>
        _meter.Meter.CreateObservableUpDownCounter(Prefix + name, () => _state.Guard.Read(Root, read, []), unit, description);

    private Measurement<int>[] Workers()
    {
        var (confirmed, all) = (_state.Peers.Length, _state.Known.Length);
        return
        [
            new(_state.ServerCount, new KeyValuePair<string, object?>("state", "confirmed")),
            new(Math.Max(0, all - confirmed), new KeyValuePair<string, object?>("state", "unconfirmed")),
        ];
    }

    private double Fill()
    {
        var fullest = 0L;
        foreach (var window in _state.Metrics.Windows.Values)
            fullest = Math.Max(fullest, window.InFlight);
        return (double)fullest / _state.Settings.PeerWindow;
    }

    private static (string Unit, string Description) Describe(PeerCounter counter) => counter switch
    {
        PeerCounter.Published => ("{message}", "Messages that left for the other workers."),
        PeerCounter.PublishedBytes => ("By", "Bytes of the messages that left for the other workers; each counts once, however many get it."),
        PeerCounter.ReceivedBytes => ("By", "Bytes of the messages that came from other workers."),
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
        PeerCounter.TakeOvers => ("{thread}", "Times the thread of the cluster's own actors was held up, and another one went on."),
        _ => throw new ArgumentOutOfRangeException(nameof(counter), counter, "It has no description."),
    };
}
