using System.Diagnostics;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Operators;

/// <summary>
/// Counts and traces what is sent to the sockets of one namespace, and what is asked of them. Nothing is read and nothing allocated for what nobody listens to.
/// </summary>
/// <param name="metrics">Its server's, or its emitter's.</param>
/// <param name="name">The namespace's name.</param>
/// <param name="kind">The same where there must be few of them.</param>
/// <param name="server">Its server's name.</param>
internal sealed class TargetTelemetry(TargetMetrics metrics, string name, Func<string> kind, string server)
{
    /// <summary>The namespace's name where there must be few of them.</summary>
    public string Kind => kind();

    /// <summary>Sends an event to many by way of an adapter.</summary>
    public ValueTask BroadcastAsync(IAdapter adapter, PacketBody body, BroadcastOptions options, IArgumentFormat format, CancellationToken ct)
    {
        var sent = Traces.IsOn
            ? SendAsync(
                Operations.Publish, static it => it.adapter.BroadcastAsync(it.body, it.options, it.ct), (adapter, body, options, ct), options, (format, body))
            : adapter.BroadcastAsync(body, options, ct);
        if (!sent.IsFaulted)
            metrics.Sent(options, this);
        return sent;
    }

    /// <summary>Sends anything to many.</summary>
    /// <param name="operation">One of <see cref="Operations"/>.</param>
    /// <param name="send">Sends it.</param>
    /// <param name="state">Its argument.</param>
    /// <param name="options">Whom it is for; null for the other workers themselves.</param>
    /// <param name="body">The event, where it is one, and how it is written.</param>
    public ValueTask SendAsync<TState>(
        string operation, Func<TState, ValueTask> send, TState state, BroadcastOptions? options, (IArgumentFormat Format, PacketBody Body)? body = null)
    {
        var before = Traces.IsOn ? Activity.Current : null;
        if (Begin(Spans.Publish, ActivityKind.Producer, operation) is not { } span)
            return send(state);
        try
        {
            if (span.IsAllDataRequested)
            {
                span.SetTag("messaging.system", "socketio").SetTag("messaging.operation.type", "send").SetTag("messaging.operation.name", operation)
                    .SetTag("messaging.destination.name", Kind);
                Describe(span, options, body);
            }

            return Finish(span, send, state);
        }
        finally
        {
            Activity.Current = before;
        }
    }

    /// <summary>Asks clients, or other workers.</summary>
    /// <param name="span"><see cref="Spans.Ask"/> or <see cref="Spans.Request"/>.</param>
    /// <param name="operation">One of <see cref="Operations"/>.</param>
    /// <param name="ask">Asks.</param>
    /// <param name="state">Its argument.</param>
    /// <param name="options">Whom it is for; null for the other workers themselves.</param>
    /// <param name="body">The event, where it is one, and how it is written.</param>
    /// <param name="ct">Whoever asks waits no longer.</param>
    public Task<ClusterReply<T>> AskAsync<T, TState>(
        string span,
        string operation,
        Func<TState, Task<ClusterReply<T>>> ask,
        TState state,
        BroadcastOptions? options,
        (IArgumentFormat Format, PacketBody Body)? body,
        CancellationToken ct)
    {
        var isTimed = span == Spans.Ask && metrics.TimesAsks;
        var scope = options is null ? TargetMetrics.Cluster : TargetMetrics.ScopeOf(options);
        return Traces.IsOn || isTimed
            ? FollowAsync(new(span, operation, scope, isTimed), ask, state, AskOutcomes.Of, static reply => reply.Answers.Count, options, body, ct)
            : ask(state);
    }

    /// <summary>Asks one client of this worker.</summary>
    public Task<PacketBody> AskOneAsync<TState>(
        Func<TState, Task<PacketBody>> ask, TState state, (IArgumentFormat Format, PacketBody Body) body, CancellationToken ct)
    {
        var isTimed = metrics.TimesAsks;
        return Traces.IsOn || isTimed
            ? FollowAsync(
                new(Spans.Ask, Operations.Ask, TargetMetrics.Socket, isTimed), ask, state, static _ => AskOutcomes.Answered, static _ => 1, null, body, ct)
            : ask(state);
    }

    private Task<TReply> FollowAsync<TReply, TState>(
        in Question question,
        Func<TState, Task<TReply>> ask,
        TState state,
        Func<TReply, string> outcome,
        Func<TReply, int> answers,
        BroadcastOptions? options,
        (IArgumentFormat, PacketBody)? body,
        CancellationToken ct)
    {
        var before = Traces.IsOn ? Activity.Current : null;
        var span = Begin(question.Span, ActivityKind.Client, question.Operation);
        if (span is null && !question.IsTimed)
            return ask(state);
        try
        {
            if (span is { IsAllDataRequested: true })
            {
                span.SetTag("rpc.system", "socketio").SetTag("rpc.service", Kind)
                    .SetTag("rpc.method", question.Operation).SetTag("socketio.scope", question.Scope);
                Describe(span, options, body);
            }

            return FinishAsync(question, span, ask, state, outcome, answers, ct);
        }
        finally
        {
            if (span is not null)
                Activity.Current = before;
        }
    }

    // What is thrown at once is, as it is without a span: nobody may await this.
    private ValueTask Finish<TState>(Activity span, Func<TState, ValueTask> send, TState state)
    {
        var isUnderWay = false;
        try
        {
            var sent = send(state);
            isUnderWay = !sent.IsCompletedSuccessfully;
            return isUnderWay ? FinishAsync(span, sent) : sent;
        }
        catch (Exception e)
        {
            Traces.Fail(span, e);
            throw;
        }
        finally
        {
            if (!isUnderWay)
                Traces.Stop(span, metrics.Guard);
        }
    }

    private async ValueTask FinishAsync(Activity span, ValueTask sent)
    {
        try
        {
            await sent.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Traces.Fail(span, e);
            throw;
        }
        finally
        {
            Traces.Stop(span, metrics.Guard);
        }
    }

    private async Task<TReply> FinishAsync<TReply, TState>(
        Question question,
        Activity? span,
        Func<TState, Task<TReply>> ask,
        TState state,
        Func<TReply, string> outcomeOf,
        Func<TReply, int> answers,
        CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = AskOutcomes.Failed;
        try
        {
            var reply = await ask(state).ConfigureAwait(false);
            outcome = outcomeOf(reply);
            span?.SetTag("socketio.answers", answers(reply));
            if (outcome == AskOutcomes.TimedOut)
                Traces.Fail(span, outcome);
            return reply;
        }
        catch (Exception e)
        {
            outcome = AskOutcomes.Of(e, ct);
            Traces.Fail(span, e);
            throw;
        }
        finally
        {
            span?.SetTag("socketio.outcome", outcome);
            Traces.Stop(span, metrics.Guard);
            if (question.IsTimed)
                metrics.Asked(question.Scope, this, outcome, Stopwatch.GetElapsedTime(start));
        }
    }

    private Activity? Begin(string span, ActivityKind kind, string operation)
    {
        var begun = Traces.Start(span, kind, metrics.Guard);
        begun?.DisplayName = $"{operation} {Kind}";
        return begun;
    }

    private void Describe(Activity span, BroadcastOptions? options, (IArgumentFormat Format, PacketBody Body)? body)
    {
        span.SetTag("socketio.namespace", name);
        if (server.Length > 0)
            span.SetTag("socketio.server", server);
        if (options is { Rooms.IsEmpty: false })
            span.SetTag("socketio.rooms", Traces.Few(options.Rooms.AsSpan()));
        if (options is { Except.IsEmpty: false })
            span.SetTag("socketio.except", Traces.Few(options.Except.AsSpan()));
        if (options is not null)
            span.SetTag("socketio.scope", TargetMetrics.ScopeOf(options));
        if (body is not { } sent)
            return;
        span.SetTag("socketio.event", NameOf(sent.Format, sent.Body));
        span.SetTag("messaging.message.body.size", sent.Body.Size);
    }

    private static string NameOf(IArgumentFormat format, PacketBody body)
    {
        try
        {
            return format.Read(PacketType.Event, body).EventName;
        }
        catch (ProtocolException)
        {
            return "";
        }
    }

    private readonly record struct Question(string Span, string Operation, string Scope, bool IsTimed);
}
