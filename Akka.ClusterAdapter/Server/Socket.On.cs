using System.Runtime.CompilerServices;

namespace Akka.ClusterAdapter.Server;

/// <content>Handlers of the client's events. A lambda's returned value is the acknowledgement; a handler without result acknowledges with nothing
/// when it has completed.</content>
public sealed partial class Socket
{
    /// <summary>Handles an event of the client. Handlers of one socket are started in order; none is waited for before the next event.</summary>
    /// <param name="eventName">The event's name, as the client writes it.</param>
    /// <param name="handler">
    /// Its parameters are the event's arguments: more arguments than parameters are ignored; fewer, or one that does not fit, drop the event with a
    /// warning, unless the parameter is nullable or optional. A parameter of type <see cref="EventContext"/> gets the event as it is and takes no
    /// argument.
    /// </param>
    /// <param name="once">True handles the first such event only.</param>
    /// <returns>Disposing it takes the handler out.</returns>
    /// <exception cref="InvalidOperationException">
    /// A parameter is nothing that a client can send: a <see cref="CancellationToken"/>, a service of the application.
    /// </exception>
    public IDisposable On(string eventName, Func<ValueTask> handler, bool once = false) => Listeners.Events.Add(eventName, EventBinding.Of(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    public IDisposable On<T>(string eventName, Func<T, ValueTask> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Of(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    public IDisposable On<T1, T2>(string eventName, Func<T1, T2, ValueTask> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Of(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    public IDisposable On<T1, T2, T3>(string eventName, Func<T1, T2, T3, ValueTask> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Of(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    public IDisposable On<TAck>(string eventName, Func<ValueTask<TAck>> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Answering(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    public IDisposable On<T, TAck>(string eventName, Func<T, ValueTask<TAck>> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Answering(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    public IDisposable On<T1, T2, TAck>(string eventName, Func<T1, T2, ValueTask<TAck>> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Answering(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    public IDisposable On<T1, T2, T3, TAck>(string eventName, Func<T1, T2, T3, ValueTask<TAck>> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Answering(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On(string eventName, Func<Task> handler, bool once = false) => Listeners.Events.Add(eventName, EventBinding.Of(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T>(string eventName, Func<T, Task> handler, bool once = false) => Listeners.Events.Add(eventName, EventBinding.Of(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T1, T2>(string eventName, Func<T1, T2, Task> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Of(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T1, T2, T3>(string eventName, Func<T1, T2, T3, Task> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Of(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<TAck>(string eventName, Func<Task<TAck>> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Answering(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T, TAck>(string eventName, Func<T, Task<TAck>> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Answering(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T1, T2, TAck>(string eventName, Func<T1, T2, Task<TAck>> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Answering(handler), once);

    /// <inheritdoc cref="On(string, Func{ValueTask}, bool)"/>
    [OverloadResolutionPriority(-1)]
    public IDisposable On<T1, T2, T3, TAck>(string eventName, Func<T1, T2, T3, Task<TAck>> handler, bool once = false) =>
        Listeners.Events.Add(eventName, EventBinding.Answering(handler), once);
}
