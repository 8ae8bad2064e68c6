using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// A set of sockets on all workers: narrowed step by step, each step a new immutable operator, then used with one of the <c>…Async</c> methods.
/// Everything here reaches every worker of the cluster, unless narrowed with <see cref="Local"/>.
/// </summary>
public abstract class BroadcastTarget : EventEmitter
{
    private protected BroadcastTarget()
    {
    }

    internal abstract BroadcastOperator Operator { get; }

    internal override IPacketParser Parser => Operator.Parser;

    /// <summary>Only members of these rooms, added to rooms named before. A socket in several gets a packet once; a socket's id is a room of its own.</summary>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Operator.With(Operator.Options.To(rooms));

    /// <summary>The same as <see cref="To"/>; reads better before <see cref="FetchSocketsAsync"/>.</summary>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => To(rooms);

    /// <summary>Nobody who is in one of these rooms; a socket's id leaves out that socket.</summary>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => Operator.With(Operator.Options.Without(rooms));

    /// <summary>Only sockets of this worker.</summary>
    public BroadcastOperator Local => Operator.With(Operator.Options with { IsLocal = true });

    /// <summary>Drops the packet for each client whose connection cannot take it at once.</summary>
    public BroadcastOperator Volatile => Operator.With(Operator.Options with { IsVolatile = true });

    /// <summary>Whether HTTP long-polling responses that carry the packet may be compressed. Default true.</summary>
    public BroadcastOperator Compress(bool compress) => Operator.With(Operator.Options with { Compress = compress });

    /// <summary>How long answers are waited for, at most a day; defaults are 30 s for clients and <c>requests-timeout</c> (5 s) for workers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or longer than a day.</exception>
    public BroadcastOperator Timeout(TimeSpan timeout) => Operator.With(Operator.Options with { Timeout = AnswerTime.Check(timeout) });

    /// <summary>Sends an event and gathers the first value of each client's acknowledgement, in the order they come.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments, <c>[]</c> for none.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <returns>
    /// Answers of all clients that did not leave meanwhile; empty when nobody was selected. An answer that does not fit the type is left out: any client can
    /// send one (<see cref="EmitWithAnswersAsync{TAck}(string, IReadOnlyList{object?}, CancellationToken)"/> tells whose).
    /// </returns>
    /// <exception cref="AckTimeoutException">Somebody did not answer in time; carries the answers that came.</exception>
    public async Task<IReadOnlyList<TAck>> EmitWithAckAsync<TAck>(string eventName, IReadOnlyList<object?> args, CancellationToken ct = default)
    {
        var reply = await Operator.AskClientsAsync(EventBody.Create(Parser, eventName, args), ct).ConfigureAwait(false);
        if (reply.IsTimedOut)
            throw new AckTimeoutException(Parser, reply);
        return ClientAnswers.Values<TAck>(Parser, reply);
    }

    /// <summary>Sends a declared event and gathers the clients' answers.</summary>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(string, IReadOnlyList{object?}, CancellationToken)"/>
    public Task<IReadOnlyList<TAck>> EmitWithAckAsync<T, TAck>(Event<T, TAck> @event, T arg, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return EmitWithAckAsync<TAck>(@event.Name, [arg], ct);
    }

    /// <summary>
    /// As <see cref="EmitWithAckAsync{TAck}(string, IReadOnlyList{object?}, CancellationToken)"/>, but does not throw on time-out: the reply tells of
    /// every client who it is, where it is and what became of it, which workers did not even say whom they asked, and which were lost meanwhile.
    /// </summary>
    public async Task<ClusterReply<SocketAnswer<TAck>>> EmitWithAnswersAsync<TAck>(
        string eventName, IReadOnlyList<object?> args, CancellationToken ct = default)
    {
        var reply = await Operator.AskClientsAsync(EventBody.Create(Parser, eventName, args), ct).ConfigureAwait(false);
        return ClientAnswers.Each<TAck>(Parser, reply);
    }

    /// <summary>
    /// As <see cref="EmitWithAnswersAsync{TAck}(string, IReadOnlyList{object?}, CancellationToken)"/>, but tells what became of each client as soon as it is
    /// known, in the order the answers come: answered (with the value), lost, or late when the time is over. Nothing is sent before the first is asked for, and
    /// each <c>await foreach</c> sends the event anew. Leaving early ends the question on all workers.
    /// </summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments, <c>[]</c> for none; written when this is called.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <exception cref="AckTimeoutException">
    /// At the end, when a worker did not even say in time whom it asked: <see cref="AckTimeoutException.MissingWorkers"/>. Clients that are late do not throw.
    /// </exception>
    public IAsyncEnumerable<SocketAnswer<TAck>> StreamAnswersAsync<TAck>(string eventName, IReadOnlyList<object?> args, CancellationToken ct = default) =>
        ClientAnswers.StreamAsync<TAck>(Operator, EventBody.Create(Parser, eventName, args), ct);

    /// <summary>
    /// As <see cref="FetchSocketsAsync"/>, but without a list of all of them: each worker's sockets come as soon as it has described them. Nothing is asked
    /// before the first is wanted, and each <c>await foreach</c> asks anew. Leaving early ends the question.
    /// </summary>
    /// <exception cref="ClusterRequestTimeoutException">
    /// At the end, when a worker did not answer in time. The sockets of the others have been told before; it carries none.
    /// </exception>
    public IAsyncEnumerable<RemoteSocket> StreamSocketsAsync(CancellationToken ct = default)
    {
        var target = Operator;
        return AnswerStream.Of<RemoteSocket, SocketDetails>(
            target.StreamFoundAsync,
            reply => reply.IsTimedOut ? new ClusterRequestTimeoutException("fetchSockets", reply.MissingWorkers, reply.LostWorkers) : null,
            ct);
    }

    /// <summary>The selected sockets of every worker, each a snapshot that can be acted upon.</summary>
    /// <exception cref="ClusterRequestTimeoutException">A worker did not answer in time; carries the sockets of those that did.</exception>
    public async Task<IReadOnlyList<RemoteSocket>> FetchSocketsAsync(CancellationToken ct = default)
    {
        var reply = await Operator.FindSocketsAsync(ct).ConfigureAwait(false);
        if (reply.IsTimedOut)
            throw new ClusterRequestTimeoutException("fetchSockets", reply.MissingWorkers, reply.LostWorkers) { PartialSockets = reply.Answers };
        return reply.Answers;
    }

    /// <summary>
    /// Makes the selected sockets of every worker join rooms. Completed once it is handed on; in order with other operations of this worker. Where a
    /// socket may not (a name too long, a room too many) its worker logs it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The server was shut down.</exception>
    public ValueTask SocketsJoinAsync(IReadOnlyList<string> rooms, CancellationToken ct = default)
    {
        RoomNames.Check(rooms);
        return Operator.JoinRoomsAsync(rooms, ct);
    }

    /// <summary>Makes the selected sockets of every worker join a room.</summary>
    public ValueTask SocketsJoinAsync(string room, CancellationToken ct = default) => SocketsJoinAsync([room], ct);

    /// <summary>
    /// Makes the selected sockets of every worker leave rooms. Completed once it is handed on; in order with other operations of this worker.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The server was shut down.</exception>
    public ValueTask SocketsLeaveAsync(IReadOnlyList<string> rooms, CancellationToken ct = default)
    {
        RoomNames.Check(rooms);
        return Operator.LeaveRoomsAsync(rooms, ct);
    }

    /// <summary>Makes the selected sockets of every worker leave a room.</summary>
    public ValueTask SocketsLeaveAsync(string room, CancellationToken ct = default) => SocketsLeaveAsync([room], ct);

    /// <summary>Disconnects the selected sockets of every worker. Completed once it is handed on; what this worker emitted before still reaches them.</summary>
    /// <param name="close">True closes their whole connections, with all namespaces; false (the default) leaves this namespace only.</param>
    /// <param name="ct">Gives up before anything is sent.</param>
    /// <exception cref="ObjectDisposedException">The server was shut down.</exception>
    public ValueTask DisconnectSocketsAsync(bool close = false, CancellationToken ct = default) => Operator.DisconnectAsync(close, ct);

    internal override ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct) => Operator.EmitBodyAsync(body, ct);
}

/// <summary>One client's part in an event that asked for acknowledgements.</summary>
/// <param name="SocketId">The client's socket id.</param>
/// <param name="WorkerId">The worker that serves it.</param>
/// <param name="State">What became of it.</param>
/// <param name="Value">The first value of its answer; default unless <paramref name="State"/> is <see cref="SocketAnswerState.Answered"/>.</param>
public sealed record SocketAnswer<TAck>(string SocketId, string WorkerId, SocketAnswerState State, TAck? Value);
