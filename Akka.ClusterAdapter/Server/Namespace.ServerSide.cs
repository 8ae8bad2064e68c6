using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <content>Events between workers.</content>
public sealed partial class Namespace
{
    /// <summary>Raises an event on this namespace of every other worker (never on this one). Arguments travel as JSON, whatever the clients' parser.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="ct">Gives up before anything is sent.</param>
    public ValueTask ServerSideEmitAsync(string eventName, CancellationToken ct = default) => ServerSideEmitArgsAsync(eventName, [], ct);

    /// <inheritdoc cref="ServerSideEmitAsync(string, CancellationToken)"/>
    public ValueTask ServerSideEmitAsync<T>(string eventName, T arg, CancellationToken ct = default) => ServerSideEmitArgsAsync(eventName, [arg], ct);

    /// <inheritdoc cref="ServerSideEmitAsync(string, CancellationToken)"/>
    public ValueTask ServerSideEmitAsync<T1, T2>(string eventName, T1 arg1, T2 arg2, CancellationToken ct = default) =>
        ServerSideEmitArgsAsync(eventName, [arg1, arg2], ct);

    /// <summary>As <see cref="ServerSideEmitAsync(string, CancellationToken)"/> with a list of arguments: each element is one.</summary>
    public ValueTask ServerSideEmitArgsAsync(string eventName, IReadOnlyList<object?> args, CancellationToken ct = default) =>
        Adapter.ServerSideEmitAsync(EventBody.Create(SocketIOServer.ServerSideParser, eventName, args), ct);

    /// <summary>Raises an event on this namespace of every other worker and gathers one answer from each.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments, <c>[]</c> for none.</param>
    /// <param name="timeout">How long to wait; null is <c>akka.cluster-adapter.requests-timeout</c> (5 s).</param>
    /// <param name="ct">Stops waiting.</param>
    /// <returns>The answers; empty when there is no other worker. A worker that leaves or dies meanwhile is not waited for.</returns>
    /// <exception cref="ClusterRequestTimeoutException">A worker did not answer in time (one without a handler for the event never does); carries what came.</exception>
    public async Task<IReadOnlyList<TAck>> ServerSideEmitWithAckAsync<TAck>(string eventName, IReadOnlyList<object?> args, TimeSpan? timeout = null, CancellationToken ct = default)
    {
        var parser = SocketIOServer.ServerSideParser;
        var reply = await Adapter.ServerSideEmitWithAckAsync(EventBody.Create(parser, eventName, args), timeout, ct).ConfigureAwait(false);
        if (reply.IsTimedOut)
            throw new ClusterRequestTimeoutException("serverSideEmit", reply.MissingWorkers) { PartialAnswers = reply.Answers };
        return [.. reply.Answers.Select(answer => EventBody.FirstAnswer<TAck>(parser, answer.Body)!)];
    }

    internal void RaiseServerSide(PacketBody body, Action<PacketBody>? answer)
    {
        var parser = SocketIOServer.ServerSideParser;
        var context = new EventContext(null, parser, parser.Read(PacketType.Event, body), answer);
        Server.Invoke(_serverSide.Take(context.Name), context, Name);
    }
}
