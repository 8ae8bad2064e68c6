using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Something events can be sent to: one socket, a room, a namespace, everybody. One C# argument is always one argument of the event:
/// a list stays one argument, null stays one argument, and the token is never sent.
/// </summary>
public abstract partial class EventEmitter
{
    private protected EventEmitter()
    {
    }

    internal abstract IPacketParser Parser { get; }

    internal abstract ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct);

    /// <summary>Sends an event without arguments. Completed once it is handed on; never waits for a client.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="ct">Gives up before anything is sent.</param>
    /// <exception cref="ArgumentException">
    /// The name is reserved (<c>connect</c>, <c>connect_error</c>, <c>disconnect</c>, <c>disconnecting</c>, <c>newListener</c>,
    /// <c>removeListener</c>).
    /// </exception>
    /// <exception cref="BroadcastTooLargeException">The packet cannot cross to other workers; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The server was shut down.</exception>
    public ValueTask EmitAsync(string eventName, CancellationToken ct = default)
    {
        var writer = EventBody.Start(Parser, eventName);
        return EmitBodyAsync(writer.Complete(), ct);
    }

    /// <summary>Sends an event with one argument; <c>byte[]</c> and <c>ReadOnlyMemory&lt;byte&gt;</c> anywhere in it travel as binary.</summary>
    /// <inheritdoc cref="EmitAsync(string, CancellationToken)"/>
    /// <exception cref="System.Text.Json.JsonException">The argument cannot be serialised.</exception>
    public ValueTask EmitAsync<T>(string eventName, T arg, CancellationToken ct = default)
    {
        var writer = EventBody.Start(Parser, eventName);
        writer.Append(arg);
        return EmitBodyAsync(writer.Complete(), ct);
    }

    /// <summary>Sends an event with two arguments.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask EmitAsync<T1, T2>(string eventName, T1 arg1, T2 arg2, CancellationToken ct = default)
    {
        var writer = EventBody.Start(Parser, eventName);
        writer.Append(arg1);
        writer.Append(arg2);
        return EmitBodyAsync(writer.Complete(), ct);
    }

    /// <summary>Sends an event with three arguments.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask EmitAsync<T1, T2, T3>(string eventName, T1 arg1, T2 arg2, T3 arg3, CancellationToken ct = default)
    {
        var writer = EventBody.Start(Parser, eventName);
        writer.Append(arg1);
        writer.Append(arg2);
        writer.Append(arg3);
        return EmitBodyAsync(writer.Complete(), ct);
    }

    /// <summary>Sends a declared event.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask EmitAsync<T>(Event<T> @event, T arg, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return EmitAsync(@event.Name, arg, ct);
    }

    /// <summary>Sends an event with a list of arguments: each element is one. Received arguments (<see cref="PacketArgument"/>) pass as they are.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask EmitArgsAsync(string eventName, IReadOnlyList<object?> args, CancellationToken ct = default) =>
        EmitBodyAsync(EventBody.Create(Parser, eventName, args), ct);

    /// <summary>Sends the event <c>message</c> with one argument.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask SendAsync<T>(T arg, CancellationToken ct = default) => EmitAsync("message", arg, ct);
}
