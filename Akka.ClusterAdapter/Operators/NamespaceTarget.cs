using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>One namespace on all workers: its sockets, and the workers themselves by way of server-side events.</summary>
public abstract class NamespaceTarget : BroadcastTarget
{
    private protected NamespaceTarget()
    {
    }

    internal abstract override NamespaceOperator Operator { get; }

    /// <summary>How arguments of server-side events travel.</summary>
    internal abstract IArgumentFormat ServerSideFormat { get; }

    /// <summary>
    /// Raises an event on this namespace of every other worker (never on this one). Arguments travel as JSON, whatever the clients' parser, or as CLR values
    /// (<c>akka.cluster-adapter.server-side-values</c>).
    /// </summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="ct">Gives up before anything is sent.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    /// <exception cref="BroadcastTooLargeException">The event cannot cross to other workers; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The server was shut down.</exception>
    public ValueTask ServerSideEmitAsync(string eventName, CancellationToken ct = default) => ServerSideEmitArgsAsync(eventName, [], ct);

    /// <inheritdoc cref="ServerSideEmitArgsAsync"/>
    /// <summary>As <see cref="ServerSideEmitAsync(string, CancellationToken)"/> with one argument.</summary>
    public ValueTask ServerSideEmitAsync<T>(string eventName, T arg, CancellationToken ct = default) => ServerSideEmitArgsAsync(eventName, [arg], ct);

    /// <inheritdoc cref="ServerSideEmitArgsAsync"/>
    /// <summary>As <see cref="ServerSideEmitAsync(string, CancellationToken)"/> with two arguments.</summary>
    public ValueTask ServerSideEmitAsync<T1, T2>(string eventName, T1 arg1, T2 arg2, CancellationToken ct = default) =>
        ServerSideEmitArgsAsync(eventName, [arg1, arg2], ct);

    /// <inheritdoc cref="ServerSideEmitArgsAsync"/>
    /// <summary>As <see cref="ServerSideEmitAsync(string, CancellationToken)"/> with three arguments.</summary>
    public ValueTask ServerSideEmitAsync<T1, T2, T3>(string eventName, T1 arg1, T2 arg2, T3 arg3, CancellationToken ct = default) =>
        ServerSideEmitArgsAsync(eventName, [arg1, arg2, arg3], ct);

    /// <inheritdoc cref="ServerSideEmitArgsAsync"/>
    /// <summary>As <see cref="ServerSideEmitAsync(string, CancellationToken)"/> with four arguments.</summary>
    public ValueTask ServerSideEmitAsync<T1, T2, T3, T4>(string eventName, T1 arg1, T2 arg2, T3 arg3, T4 arg4, CancellationToken ct = default) =>
        ServerSideEmitArgsAsync(eventName, [arg1, arg2, arg3, arg4], ct);

    /// <summary>As <see cref="ServerSideEmitAsync(string, CancellationToken)"/> with a list of arguments: each element is one.</summary>
    /// <inheritdoc cref="ServerSideEmitAsync(string, CancellationToken)"/>
    /// <exception cref="System.Text.Json.JsonException">An argument cannot be serialised.</exception>
    public ValueTask ServerSideEmitArgsAsync(string eventName, IReadOnlyList<object?> args, CancellationToken ct = default) =>
        ServerSideEmitAsync(EventBody.Create(ServerSideFormat, eventName, args), ct);

    /// <summary>Raises an event on this namespace of every other worker and gathers one answer from each.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments, <c>[]</c> for none.</param>
    /// <param name="timeout">How long to wait, at most a day; null is <c>akka.cluster-adapter.requests-timeout</c> (5 s).</param>
    /// <param name="ct">Stops waiting.</param>
    /// <returns>The first value of each answer; empty when there is no other worker. A worker that leaves or dies meanwhile is not waited for.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative or longer than a day; nothing was sent.</exception>
    /// <exception cref="ClusterRequestTimeoutException">
    /// A worker did not answer in time (one without a handler for the event never does); carries what came.
    /// </exception>
    public async Task<IReadOnlyList<TAck>> ServerSideEmitWithAckAsync<TAck>(
        string eventName, IReadOnlyList<object?> args, TimeSpan? timeout = null, CancellationToken ct = default)
    {
        var reply = await AskAsync(eventName, args, timeout, ct).ConfigureAwait(false);
        if (reply.IsTimedOut)
            throw new ClusterRequestTimeoutException("serverSideEmit", reply.MissingWorkers, reply.LostWorkers, ServerSideFormat)
            {
                PartialAnswers = reply.Answers,
            };
        return [.. reply.Answers.Select(answer => EventBody.FirstAnswer<TAck>(ServerSideFormat, answer.Body)!)];
    }

    /// <summary>
    /// As <see cref="ServerSideEmitWithAckAsync"/>, but does not throw on time-out: the reply tells which worker answered what, which did not answer,
    /// and which were lost meanwhile.
    /// </summary>
    public async Task<ClusterReply<WorkerAnswer<TAck>>> ServerSideEmitWithAnswersAsync<TAck>(
        string eventName, IReadOnlyList<object?> args, TimeSpan? timeout = null, CancellationToken ct = default)
    {
        var reply = await AskAsync(eventName, args, timeout, ct).ConfigureAwait(false);
        return reply.Select(answer => new WorkerAnswer<TAck>(answer.WorkerId, EventBody.FirstAnswer<TAck>(ServerSideFormat, answer.Body)));
    }

    private Task<ClusterReply<WorkerAnswer>> AskAsync(string eventName, IReadOnlyList<object?> args, TimeSpan? timeout, CancellationToken ct) =>
        ServerSideAskAsync(EventBody.Create(ServerSideFormat, eventName, args), AnswerTime.Check(timeout), ct);

    private ValueTask ServerSideEmitAsync(PacketBody body, CancellationToken ct) => Operator.Telemetry.SendAsync(
        Operations.ServerSideEmit, static it => it.Adapter.ServerSideEmitAsync(it.body, it.ct), (Operator.Adapter, body, ct), null, (ServerSideFormat, body));

    private Task<ClusterReply<WorkerAnswer>> ServerSideAskAsync(PacketBody body, TimeSpan? timeout, CancellationToken ct) => Operator.Telemetry.AskAsync(
        Spans.Request,
        Operations.ServerSideEmit,
        static it => it.Adapter.ServerSideEmitWithAckAsync(it.body, it.timeout, it.ct),
        (Operator.Adapter, body, timeout, ct),
        null,
        (ServerSideFormat, body),
        ct);
}
