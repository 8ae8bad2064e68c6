using System.Runtime.CompilerServices;

namespace Akka.ClusterAdapter.Server;

/// <content>Handlers of events from other workers.</content>
public sealed partial class Namespace
{
    /// <summary>
    /// Handles an event that another worker sent with <c>ServerSideEmitAsync</c>; the sender's own worker does not get it. A returned value is this
    /// worker's answer.
    /// </summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="handler">Its parameters are the event's arguments, bound as in <see cref="Socket"/>'s handlers.</param>
    /// <returns>Disposing it takes the handler out.</returns>
    public IDisposable OnServerSide(string eventName, Func<ValueTask> handler) => OnServerSide(eventName, EventBinding.Of(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    public IDisposable OnServerSide<T>(string eventName, Func<T, ValueTask> handler) => OnServerSide(eventName, EventBinding.Of(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    public IDisposable OnServerSide<T1, T2>(string eventName, Func<T1, T2, ValueTask> handler) => OnServerSide(eventName, EventBinding.Of(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    public IDisposable OnServerSide<T1, T2, T3>(string eventName, Func<T1, T2, T3, ValueTask> handler) => OnServerSide(eventName, EventBinding.Of(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    public IDisposable OnServerSide<TAck>(string eventName, Func<ValueTask<TAck>> handler) => OnServerSide(eventName, EventBinding.Answering(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    public IDisposable OnServerSide<T, TAck>(string eventName, Func<T, ValueTask<TAck>> handler) => OnServerSide(eventName, EventBinding.Answering(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    public IDisposable OnServerSide<T1, T2, TAck>(string eventName, Func<T1, T2, ValueTask<TAck>> handler) =>
        OnServerSide(eventName, EventBinding.Answering(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    public IDisposable OnServerSide<T1, T2, T3, TAck>(string eventName, Func<T1, T2, T3, ValueTask<TAck>> handler) =>
        OnServerSide(eventName, EventBinding.Answering(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable OnServerSide(string eventName, Func<Task> handler) => OnServerSide(eventName, EventBinding.Of(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable OnServerSide<T>(string eventName, Func<T, Task> handler) => OnServerSide(eventName, EventBinding.Of(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable OnServerSide<T1, T2>(string eventName, Func<T1, T2, Task> handler) => OnServerSide(eventName, EventBinding.Of(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable OnServerSide<T1, T2, T3>(string eventName, Func<T1, T2, T3, Task> handler) => OnServerSide(eventName, EventBinding.Of(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable OnServerSide<TAck>(string eventName, Func<Task<TAck>> handler) => OnServerSide(eventName, EventBinding.Answering(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable OnServerSide<T, TAck>(string eventName, Func<T, Task<TAck>> handler) => OnServerSide(eventName, EventBinding.Answering(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable OnServerSide<T1, T2, TAck>(string eventName, Func<T1, T2, Task<TAck>> handler) =>
        OnServerSide(eventName, EventBinding.Answering(handler));

    /// <inheritdoc cref="OnServerSide(string, Func{ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable OnServerSide<T1, T2, T3, TAck>(string eventName, Func<T1, T2, T3, Task<TAck>> handler) =>
        OnServerSide(eventName, EventBinding.Answering(handler));

    private IDisposable OnServerSide(string eventName, EventBinding binding)
    {
        while (true)
        {
            if (Life.TryAdd(eventName, binding) is { } added)
                return added;
            Server.Table.Revive(this);
        }
    }
}
