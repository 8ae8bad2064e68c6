using System.Collections.Concurrent;
using System.Text.Json;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Testing;

/// <content>Events in both directions.</content>
public sealed partial class SocketIOTestClient
{
    private readonly ConcurrentDictionary<string, Func<ReceivedEvent, Task<object?>>> _handlers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _failures = new();

    /// <summary>Sends an event without arguments.</summary>
    /// <remarks>A server without a transport has started its handlers when this completes; what they do before they wait for something is done.</remarks>
    /// <param name="eventName">The event's name.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    /// <exception cref="ClientDisconnectedException">The client is not connected.</exception>
    /// <exception cref="EventTimeoutException">The server does not take it.</exception>
    public Task EmitAsync(string eventName) => EmitArgsAsync(eventName, []);

    /// <summary>Sends an event with one argument; <c>byte[]</c> anywhere in it travels as binary.</summary>
    /// <inheritdoc cref="EmitAsync(string)"/>
    public Task EmitAsync<T>(string eventName, T arg) => EmitArgsAsync(eventName, [arg]);

    /// <summary>Sends an event with two arguments.</summary>
    /// <inheritdoc cref="EmitAsync(string)"/>
    public Task EmitAsync<T1, T2>(string eventName, T1 arg1, T2 arg2) => EmitArgsAsync(eventName, [arg1, arg2]);

    /// <summary>Sends an event with three arguments.</summary>
    /// <inheritdoc cref="EmitAsync(string)"/>
    public Task EmitAsync<T1, T2, T3>(string eventName, T1 arg1, T2 arg2, T3 arg3) => EmitArgsAsync(eventName, [arg1, arg2, arg3]);

    /// <summary>Sends an event with a list of arguments: each element is one.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    /// <exception cref="ClientDisconnectedException">The client is not connected.</exception>
    /// <exception cref="EventTimeoutException">The server does not take it.</exception>
    public Task EmitArgsAsync(string eventName, IReadOnlyList<object?> args) => SendEventAsync(eventName, args, null);

    /// <summary>Sends an event without arguments and waits for its acknowledgement.</summary>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(string, IReadOnlyList{object?}, TimeSpan?)"/>
    public Task<TAck> EmitWithAckAsync<TAck>(string eventName) => EmitWithAckAsync<TAck>(eventName, []);

    /// <summary>Sends an event and waits for its acknowledgement: <c>await client.EmitWithAckAsync&lt;int&gt;("add", [1, 2])</c>.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="deadline">How long to wait. Default: <see cref="SocketIOTestClientOptions.Deadline"/>.</param>
    /// <returns>The first value of the acknowledgement; default when it has none.</returns>
    /// <exception cref="EventTimeoutException">It did not come in time.</exception>
    /// <exception cref="ClientDisconnectedException">The client lost its place before.</exception>
    public async Task<TAck> EmitWithAckAsync<TAck>(string eventName, IReadOnlyList<object?> args, TimeSpan? deadline = null)
    {
        var (id, answer) = _answers.Add();
        var limit = deadline ?? Connection.Options.Deadline;
        try
        {
            await SendEventAsync(eventName, args, id).ConfigureAwait(false);
            var values = await answer.WaitAsync(Deadlines.Of(limit), TimeProvider.System).ConfigureAwait(false);
            return values.Count == 0 ? default! : values.Get<TAck>(0)!;
        }
        catch (TimeoutException e) when (e is not EventTimeoutException)
        {
            throw new EventTimeoutException(WaitedInVain($"The acknowledgement of \"{eventName}\"", limit));
        }
        finally
        {
            _answers.Forget(id);
        }
    }

    /// <summary>The next event of a name that nobody has waited for: one that is here already, or one that comes.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="deadline">How long to wait. Default: <see cref="SocketIOTestClientOptions.Deadline"/>.</param>
    /// <exception cref="EventTimeoutException">None came in time; the message says what came instead.</exception>
    /// <exception cref="ClientDisconnectedException">The client lost its place before.</exception>
    public async Task<ReceivedEvent> WaitForAsync(string eventName, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        if (_handlers.ContainsKey(eventName))
            throw new InvalidOperationException($"On(\"{eventName}\", …) takes these events; wait for them or handle them, not both.");
        var limit = deadline ?? Connection.Options.Deadline;
        var waiter = _inbox.Take(eventName);
        try
        {
            return await waiter.Task.WaitAsync(Deadlines.Of(limit), TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            if (!_inbox.GiveUp(waiter))
                return await waiter.Task.ConfigureAwait(false);
            throw new EventTimeoutException(WaitedInVain($"\"{eventName}\"", limit));
        }
    }

    /// <summary>The argument of the next event of a name.</summary>
    /// <inheritdoc cref="WaitForAsync(string, TimeSpan?)"/>
    /// <exception cref="InvalidOperationException">The event has no argument.</exception>
    public async Task<T> WaitForAsync<T>(string eventName, TimeSpan? deadline = null) =>
        (await WaitForAsync(eventName, deadline).ConfigureAwait(false)).Get<T>(0);

    /// <summary>The first two arguments of the next event of a name.</summary>
    /// <inheritdoc cref="WaitForAsync(string, TimeSpan?)"/>
    /// <exception cref="InvalidOperationException">The event has fewer arguments.</exception>
    public async Task<(T1 First, T2 Second)> WaitForAsync<T1, T2>(string eventName, TimeSpan? deadline = null)
    {
        var received = await WaitForAsync(eventName, deadline).ConfigureAwait(false);
        return (received.Get<T1>(0), received.Get<T2>(1));
    }

    /// <summary>The first three arguments of the next event of a name.</summary>
    /// <inheritdoc cref="WaitForAsync(string, TimeSpan?)"/>
    /// <exception cref="InvalidOperationException">The event has fewer arguments.</exception>
    public async Task<(T1 First, T2 Second, T3 Third)> WaitForAsync<T1, T2, T3>(string eventName, TimeSpan? deadline = null)
    {
        var received = await WaitForAsync(eventName, deadline).ConfigureAwait(false);
        return (received.Get<T1>(0), received.Get<T2>(1), received.Get<T3>(2));
    }

    /// <summary>
    /// Handles an event of the server; what the handler returns is the acknowledgement, if the server asked for one. The last handler of a name counts.
    /// </summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="handler">Takes the event.</param>
    /// <returns>This client.</returns>
    public SocketIOTestClient On(string eventName, Func<ReceivedEvent, Task<object?>> handler)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        ArgumentNullException.ThrowIfNull(handler);
        _handlers[eventName] = handler;
        return this;
    }

    /// <inheritdoc cref="On(string, Func{ReceivedEvent, Task{object}})"/>
    public SocketIOTestClient On(string eventName, Func<ReceivedEvent, object?> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return On(eventName, received => Task.FromResult(handler(received)));
    }

    private Task SendEventAsync(string eventName, IReadOnlyList<object?> args, long? id)
    {
        var body = EventBody.Create(Connection.Parser, eventName, args);
        if (!_isConnected)
            throw new ClientDisconnectedException($"The client is not connected to {Namespace}: \"{eventName}\" was not sent.", "");
        return Connection.SendAsync(new PacketHeader(PacketType.Event, Namespace, id), body);
    }

    private void Take(Packet packet)
    {
        var received = new ReceivedEvent(packet.Arguments, packet.Header.Id is not null);

        // As the official client does: with recovery the last argument, if it is a text, is where it was.
        var last = packet.Arguments.Count - 1;
        if (_privateId is not null && last >= 0 && packet.Arguments.Get<JsonElement>(last) is { ValueKind: JsonValueKind.String } offset)
            _lastOffset = offset.GetString();
        var handler = _handlers.GetValueOrDefault(received.Name);
        _inbox.Add(received, isHandled: handler is not null);
        if (handler is not null)
            SocketIOTestConnection.Observe(Task.Run(() => RunAsync(handler, received, packet.Header.Id)));
    }

    private async Task RunAsync(Func<ReceivedEvent, Task<object?>> handler, ReceivedEvent received, long? id)
    {
        try
        {
            var answer = await handler(received).ConfigureAwait(false);
            if (id is not null)
                await Connection.SendAsync(new PacketHeader(PacketType.Ack, Namespace, id), EventBody.Answer(Connection.Parser, answer)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _failures.Enqueue($"On(\"{received.Name}\") threw {e.GetType().Name}: {e.Message}");
        }
    }

    private string WaitedInVain(string what, TimeSpan limit) =>
        WhatCame($"{what} did not come to the client in {Namespace} within {Deadlines.Text(limit)}.");

    private string WhatCame(string text)
    {
        var unread = _inbox.Unread;
        text += unread.Length == 0 ? " Nothing else came." : $" What came instead: {string.Join(", ", unread.Select(static each => each.ToString()))}.";
        if (!_failures.IsEmpty)
            text += $" Handlers of the client failed: {string.Join(" ", _failures)}";
        return Connection.Log is { Lines: { Count: > 0 } lines } ? $"{text} The server has logged: {string.Join(" | ", lines)}" : text;
    }
}
