using Akka.ClusterAdapter.Operators;

namespace Akka.ClusterAdapter.Server;

/// <content>Events with more than three arguments. Each is written as its own type: nothing is boxed, and no array is made.</content>
public abstract partial class EventEmitter
{
    /// <summary>Sends an event with four arguments.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask EmitAsync<T1, T2, T3, T4>(
        string eventName, T1 arg1, T2 arg2, T3 arg3, T4 arg4, CancellationToken ct = default)
    {
        var writer = EventBody.Start(Parser, eventName);
        writer.Append(arg1);
        writer.Append(arg2);
        writer.Append(arg3);
        writer.Append(arg4);
        return EmitBodyAsync(writer.Complete(), ct);
    }

    /// <summary>Sends an event with five arguments.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask EmitAsync<T1, T2, T3, T4, T5>(
        string eventName, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, CancellationToken ct = default)
    {
        var writer = EventBody.Start(Parser, eventName);
        writer.Append(arg1);
        writer.Append(arg2);
        writer.Append(arg3);
        writer.Append(arg4);
        writer.Append(arg5);
        return EmitBodyAsync(writer.Complete(), ct);
    }

    /// <summary>Sends an event with six arguments.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask EmitAsync<T1, T2, T3, T4, T5, T6>(
        string eventName, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, CancellationToken ct = default)
    {
        var writer = EventBody.Start(Parser, eventName);
        writer.Append(arg1);
        writer.Append(arg2);
        writer.Append(arg3);
        writer.Append(arg4);
        writer.Append(arg5);
        writer.Append(arg6);
        return EmitBodyAsync(writer.Complete(), ct);
    }

    /// <summary>Sends an event with seven arguments.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask EmitAsync<T1, T2, T3, T4, T5, T6, T7>(
        string eventName, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, CancellationToken ct = default)
    {
        var writer = EventBody.Start(Parser, eventName);
        writer.Append(arg1);
        writer.Append(arg2);
        writer.Append(arg3);
        writer.Append(arg4);
        writer.Append(arg5);
        writer.Append(arg6);
        writer.Append(arg7);
        return EmitBodyAsync(writer.Complete(), ct);
    }

    /// <summary>Sends an event with eight arguments.</summary>
    /// <inheritdoc cref="EmitAsync{T}(string, T, CancellationToken)"/>
    public ValueTask EmitAsync<T1, T2, T3, T4, T5, T6, T7, T8>(
        string eventName, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, T8 arg8, CancellationToken ct = default)
    {
        var writer = EventBody.Start(Parser, eventName);
        writer.Append(arg1);
        writer.Append(arg2);
        writer.Append(arg3);
        writer.Append(arg4);
        writer.Append(arg5);
        writer.Append(arg6);
        writer.Append(arg7);
        writer.Append(arg8);
        return EmitBodyAsync(writer.Complete(), ct);
    }
}
