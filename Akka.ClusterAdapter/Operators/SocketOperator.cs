using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Sends to one client and nobody else, with choices made on the way (<see cref="Volatile"/>, <see cref="Timeout"/>, <see cref="Compress"/>).
/// Immutable.
/// </summary>
public class SocketOperator : EventEmitter
{
    private readonly ISocketRoute _route;
    private readonly BroadcastOptions _options;

    internal SocketOperator(ISocketRoute route, BroadcastOptions options)
    {
        _route = route;
        _options = options;
    }

    internal override IPacketParser Parser => _route.Parser;

    /// <summary>Drops the packet when the client's connection cannot take it at once.</summary>
    public SocketOperator Volatile => new(_route, _options with { IsVolatile = true });

    /// <summary>Whether an HTTP long-polling response that carries the packet may be compressed. Default true.</summary>
    public SocketOperator Compress(bool compress) => new(_route, _options with { Compress = compress });

    /// <summary>How long the answer is waited for. Default 30 s, at most a day.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or longer than a day.</exception>
    public SocketOperator Timeout(TimeSpan timeout) => new(_route, _options with { Timeout = AnswerTime.Check(timeout) });

    /// <summary>Sends an event and waits for the first value of the client's acknowledgement.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments, <c>[]</c> for none.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <exception cref="AckTimeoutException">No answer in time.</exception>
    /// <exception cref="OperationCanceledException">The client left before it answered, or <paramref name="ct"/> was cancelled.</exception>
    public async Task<TAck?> EmitWithAckAsync<TAck>(string eventName, IReadOnlyList<object?> args, CancellationToken ct = default)
    {
        var answer = await AskAsync(EventBody.Create(Parser, eventName, args), ct).ConfigureAwait(false);
        return EventBody.FirstAnswer<TAck>(Parser, answer);
    }

    /// <summary>Sends a declared event and waits for the client's answer.</summary>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(string, IReadOnlyList{object?}, CancellationToken)"/>
    public Task<TAck?> EmitWithAckAsync<T, TAck>(Event<T, TAck> @event, T arg, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return EmitWithAckAsync<TAck>(@event.Name, [arg], ct);
    }

    /// <summary>Sends an event and waits for the client's answer as it is.</summary>
    internal Task<PacketBody> AskAsync(PacketBody body, CancellationToken ct) => _route.EmitWithAckAsync(body, _options, ct);

    internal override ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct) => _route.EmitAsync(body, _options, ct);
}
