using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Tests.Diagnostics;

/// <summary>Keeps the library's spans of the whole process, so nothing may run beside its tests. Records all spans unless the test says otherwise.</summary>
internal sealed class SpanRecorder : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    /// <param name="sampled">Whether spans are wanted; otherwise somebody listens and wants none.</param>
    /// <param name="others">Other sources whose spans are made, and not kept.</param>
    public SpanRecorder(bool sampled = true, params string[] others)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Traces.Name || others.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampled ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                if (span.Source.Name == Traces.Name)
                    _spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Those that have ended.</summary>
    public IReadOnlyList<Activity> Spans => [.. _spans];

    /// <summary>The one of that kind and name that has ended, or will soon.</summary>
    public async Task<Activity> OneAsync(string kind, string name)
    {
        await Eventually.TrueAsync(() => _spans.Any(Matches), () => $"{kind} \"{name}\" is not among: {this}");
        return Assert.Single(_spans, Matches);

        bool Matches(Activity span) => span.OperationName == kind && span.DisplayName == name;
    }

    public override string ToString() => string.Join(", ", _spans.Select(span => $"{span.OperationName} \"{span.DisplayName}\""));

    public void Dispose() => _listener.Dispose();
}
