namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Base of handler classes: a new instance, in a dependency injection scope of its own, for every event. It is disposed of after the event. Methods
/// marked <see cref="OnAttribute"/> handle events; state that must last belongs to <see cref="Socket.Data"/> or a service. Registered with
/// <c>MapHandler</c>.
/// </summary>
public abstract class SocketHandler
{
    private Socket? _socket;

    /// <summary>
    /// The socket whose event is being handled. It is set before any method is called; a test that makes the handler itself sets it
    /// (<c>new ChatHandler { Socket = client.Socket }</c>, docs/testing.md).
    /// </summary>
    /// <exception cref="InvalidOperationException">It is not there yet.</exception>
    public Socket Socket
    {
        get => _socket ?? throw new InvalidOperationException("The socket is there once an event is being handled, not in the constructor.");
        set => _socket = value;
    }

    /// <summary>The client was admitted.</summary>
    public virtual ValueTask OnConnectedAsync() => default;

    /// <summary>The client has left.</summary>
    public virtual ValueTask OnDisconnectedAsync(DisconnectReason reason) => default;

    /// <summary>Gives it its socket; false when it has another one already.</summary>
    internal bool TryWorkFor(Socket socket) => Interlocked.CompareExchange(ref _socket, socket, null) is not { } known || ReferenceEquals(known, socket);
}

/// <summary>Makes a public method of a <see cref="SocketHandler"/> handle an event. Its result, if any, is the acknowledgement.</summary>
/// <param name="eventName">
/// The event's name, as the client writes it. Without it: the method's name without a trailing <c>Async</c>, in camel case (<c>HowManyAsync</c> is
/// <c>howMany</c>), as in contracts.
/// </param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnAttribute(string? eventName = null) : Attribute
{
    /// <summary>The event's name; null when the method's name says it.</summary>
    public string? EventName { get; } = eventName;
}
