using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Operators;

/// <summary>What is measured where something is sent to many, or clients are asked: by a server and by an emitter.</summary>
/// <param name="meter">Whose instruments these are.</param>
/// <param name="guard">Hears of listeners that throw: the application's code, of which no caller shall feel anything.</param>
internal sealed class TargetMetrics(ServerMeter meter, Guard guard) : IDisposable
{
    public const string Cluster = "cluster";
    public const string Local = "local";
    public const string Socket = "socket";

    private readonly Counter<long> _broadcasts = meter.Meter.CreateCounter<long>(
        "socketio.broadcasts", "{broadcast}", "Events sent to many, by scope: the cluster, or this worker alone.");

    private readonly Histogram<double> _asks = meter.CreateDuration(
        "socketio.ack.duration", "How long acknowledgements are waited for, until all are there or the time is over, by scope and outcome.");

    public Guard Guard => guard;

    /// <summary>Whether anybody listens to how long acknowledgements take.</summary>
    public bool TimesAsks => _asks.Enabled;

    public static string ScopeOf(BroadcastOptions options) => options.IsLocal ? Local : Cluster;

    /// <summary>Something was sent to many.</summary>
    public void Sent(BroadcastOptions options, TargetTelemetry target)
    {
        if (!_broadcasts.Enabled)
            return;
        try
        {
            meter.Count(_broadcasts, new("scope", ScopeOf(options)), new("namespace", target.Kind));
        }
        catch (Exception e)
        {
            guard.Fail(nameof(Meter), e);
        }
    }

    /// <summary>Clients were asked.</summary>
    /// <param name="scope">One of those above.</param>
    /// <param name="target">Where.</param>
    /// <param name="outcome">One of <see cref="AskOutcomes"/>.</param>
    /// <param name="duration">How long it took.</param>
    public void Asked(string scope, TargetTelemetry target, string outcome, TimeSpan duration)
    {
        try
        {
            meter.Record(_asks, duration.TotalSeconds, new("scope", scope), new("namespace", target.Kind), new("outcome", outcome));
        }
        catch (Exception e)
        {
            guard.Fail(nameof(Meter), e);
        }
    }

    public void Dispose() => meter.Dispose();
}

/// <summary>How a question to clients, or to other workers, ended.</summary>
internal static class AskOutcomes
{
    public const string Answered = "answered";
    public const string TimedOut = "timed-out";

    /// <summary>Somebody who was asked has left or died before.</summary>
    public const string Lost = "lost";

    /// <summary>Whoever asked did not want to wait any more.</summary>
    public const string Cancelled = "cancelled";
    public const string Failed = "failed";

    /// <summary>How a reply says that it ended.</summary>
    public static string Of<T>(Server.ClusterReply<T> reply) => reply switch
    {
        { IsTimedOut: true } => TimedOut,
        { LostWorkers.Count: > 0 } => Lost,
        { Answers: IReadOnlyList<Server.SocketAnswer> answers } when answers.Any(static answer => answer.State == Server.SocketAnswerState.Lost) => Lost,
        _ => Answered,
    };

    /// <summary>How an exception says that it ended.</summary>
    public static string Of(Exception exception, CancellationToken ct) => exception switch
    {
        Server.AckTimeoutException => TimedOut,
        OperationCanceledException => ct.IsCancellationRequested ? Cancelled : Lost,
        _ => Failed,
    };
}
