using System.Diagnostics;

namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>
/// The library's spans, by .NET's own <see cref="ActivitySource"/>. Nothing is made, and nothing allocated, while nobody listens or the listener does not
/// want the span: attributes are set on those that are there.
/// </summary>
internal static class Traces
{
    public const string Name = "Akka.ClusterAdapter";

    private const string Root = "trace";
    private const int MostRooms = 8;

    private static readonly ActivitySource Source = new(Name, typeof(Traces).Assembly.GetName().Version?.ToString(3));

    /// <summary>Whether anybody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>The span of this library that is current here and is recorded; null when there is none.</summary>
    public static Activity? Current =>
        IsOn && Activity.Current is { Recorded: true } current && ReferenceEquals(current.Source, Source) ? current : null;

    /// <summary>Begins a span within the present one, whosever that is. Null when nobody wants it. It is current until it is stopped.</summary>
    /// <param name="name">One of <see cref="Spans"/>.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="guard">Hears of listeners that throw: the application's code, which no message shall feel.</param>
    public static Activity? Start(string name, ActivityKind kind, Guard guard) => IsOn ? Start(name, kind, default, guard) : null;

    /// <summary>
    /// Begins a span that is no part of the present one: a connection's request lasts for hours, and is not what its events are part of. Null when nobody
    /// wants it. Whatever comes of it, the caller puts back what was current before.
    /// </summary>
    /// <param name="name">One of <see cref="Spans"/>.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="guard">Hears of listeners that throw.</param>
    /// <param name="parent">Where it comes from in another process; the default for nowhere.</param>
    public static Activity? StartApart(string name, ActivityKind kind, Guard guard, ActivityContext parent = default)
    {
        if (!IsOn)
            return null;
        Detach();
        return Start(name, kind, parent, guard);
    }

    /// <summary>Ends a span, once. What was current before it is current again.</summary>
    public static void Stop(Activity? span, Guard guard)
    {
        if (span is { IsStopped: false })
            guard.Run(Root, static span => span.Stop(), span);
    }

    /// <summary>What is called from here on is no part of the present span.</summary>
    public static void Detach()
    {
        // Setting it costs an allocation, also to what it is.
        if (IsOn && Activity.Current is not null)
            Activity.Current = null;
    }

    /// <summary>The span's work has failed, for a reason of few values.</summary>
    public static void Fail(Activity? span, string reason, string? description = null)
    {
        span?.SetTag("error.type", reason);
        span?.SetStatus(ActivityStatusCode.Error, description);
    }

    /// <summary>The same by an exception.</summary>
    public static void Fail(Activity? span, Exception exception)
    {
        if (span is null)
            return;
        Fail(span, exception.GetType().FullName ?? exception.GetType().Name, LogText.Clean(exception.Message));
    }

    private static Activity? Start(string name, ActivityKind kind, ActivityContext parent, Guard guard)
    {
        var before = Activity.Current;
        try
        {
            return Source.StartActivity(name, kind, parent);
        }
        catch (Exception e)
        {
            Activity.Current = before;
            guard.Fail(Root, e);
            return null;
        }
    }

    /// <summary>Room names are the application's, and may be many.</summary>
    public static string[] Few(ReadOnlySpan<string> rooms) => rooms.Length <= MostRooms ? rooms.ToArray() : [.. rooms[..MostRooms], "…"];
}
