using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace TestServer.Telemetry;

/// <summary>The library's spans of this process that have ended, all of them, until somebody takes them.</summary>
internal sealed class FinishedSpans : IDisposable
{
    private const string Source = "Akka.ClusterAdapter";

    // Nobody may ever ask.
    private const int Most = 100_000;

    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public FinishedSpans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == Source,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>One JSON object a line for each span since the last call.</summary>
    public string TakeLines()
    {
        var lines = new StringBuilder();
        while (_spans.TryDequeue(out var span))
            lines.Append(ToJson(span)).Append('\n');
        return lines.ToString();
    }

    /// <summary>Forgets those that were there.</summary>
    public void Clear() => _spans.Clear();

    public void Dispose() => _listener.Dispose();

    private void Keep(Activity span)
    {
        _spans.Enqueue(span);
        if (_spans.Count > Most)
            _spans.TryDequeue(out _);
    }

    private static string ToJson(Activity span) => JsonSerializer.Serialize(new
    {
        name = span.DisplayName,
        kind = span.Kind.ToString(),
        traceId = span.TraceId.ToString(),
        spanId = span.SpanId.ToString(),
        parentId = span.ParentSpanId == default ? null : span.ParentSpanId.ToString(),
        links = span.Links.Select(static link => new { traceId = link.Context.TraceId.ToString(), spanId = link.Context.SpanId.ToString() }),
        attributes = span.TagObjects.ToDictionary(static tag => tag.Key, static tag => tag.Value),
    });
}
