using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Operators;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// What a member knows of the others, for <see cref="System.Diagnostics.Metrics"/> (docs/observability.md). An actor system knows no application: each that
/// uses it is shown the numbers through its own meters, and where none is, the process is.
/// </summary>
/// <param name="state">Whose numbers they are.</param>
internal sealed class ClusterMetrics(ClusterState state)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, TargetMetrics> _targets = new(StringComparer.Ordinal);
    private ImmutableArray<ClusterInstruments> _shown = [];

    /// <summary>What may be on its way to each other member, by its origin.</summary>
    public ConcurrentDictionary<long, PeerWindow> Windows { get; } = new();

    /// <summary>Bytes of packets that have not come completely.</summary>
    public Func<long> Incomplete { get; set; } = static () => 0;

    /// <summary>Whether anybody listens to how long messages take to another worker.</summary>
    public bool WatchesLatency => Any(static shown => shown.WatchesLatency);

    /// <summary>Whether anybody listens to how long questions take.</summary>
    public bool TimesRequests => Any(static shown => shown.TimesRequests);

    /// <summary>Shows the numbers through an application's meters, until that is disposed of or the factory is. Null stands for the process.</summary>
    public IDisposable Show(IMeterFactory? factory)
    {
        lock (_gate)
        {
            if (_shown.FirstOrDefault(shown => ReferenceEquals(shown.Factory, factory)) is { } present)
                return present.Again();
            // The process was shown them because there was no application.
            if (factory is not null)
                RemoveAll(static shown => shown.Factory is null);
            var shown = new ClusterInstruments(factory, state, Remove);
            _shown = _shown.Add(shown);
            return shown;
        }
    }

    /// <summary>For members that have no application to show them to.</summary>
    public void ShowUnlessShown()
    {
        lock (_gate)
        {
            if (_shown.IsEmpty)
                Show(null);
        }
    }

    /// <summary>What is measured of what emitters send to a server.</summary>
    public TargetMetrics TargetsOf(string server) => _targets.GetOrAdd(server, static (server, me) => new(new(me.Factory, server), me.Guard), this);

    /// <summary>A question to other workers has ended.</summary>
    /// <param name="kind">One of <see cref="Adapters.Operations"/>.</param>
    /// <param name="outcome">One of <see cref="AskOutcomes"/>.</param>
    /// <param name="duration">How long it took.</param>
    public void RequestEnded(string kind, string outcome, TimeSpan duration)
    {
        foreach (var shown in Shown())
            shown.RequestEnded(kind, outcome, duration);
    }

    /// <summary>So long a message takes to another worker.</summary>
    public void Latency(TimeSpan oneWay)
    {
        foreach (var shown in Shown())
            shown.Latency(oneWay);
    }

    /// <summary>The actor system has ended.</summary>
    public void End()
    {
        lock (_gate)
            RemoveAll(static _ => true);
        foreach (var targets in _targets.Values)
            targets.Dispose();
    }

    private Guard Guard => state.Guard;

    private IMeterFactory? Factory => Shown().FirstOrDefault()?.Factory;

    private ImmutableArray<ClusterInstruments> Shown()
    {
        lock (_gate)
            return _shown;
    }

    private bool Any(Func<ClusterInstruments, bool> matches)
    {
        foreach (var shown in Shown())
        {
            if (matches(shown))
                return true;
        }

        return false;
    }

    private void Remove(ClusterInstruments ended)
    {
        lock (_gate)
            _shown = _shown.Remove(ended);
    }

    // Under the lock.
    private void RemoveAll(Func<ClusterInstruments, bool> matches)
    {
        foreach (var shown in _shown.Where(matches).ToList())
        {
            _shown = _shown.Remove(shown);
            shown.End();
        }
    }
}
