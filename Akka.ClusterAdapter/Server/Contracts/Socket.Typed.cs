using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// A socket whose client hears what a contract says. The contract's methods on it reach that client only; on <see cref="To"/>, <see cref="Broadcast"/> and
/// their kin they reach others, on every worker, and never the client itself.
/// </summary>
/// <typeparam name="TClient">The contract: an interface of what the server says.</typeparam>
public sealed class Socket<TClient> : SocketOperator<TClient>
    where TClient : class
{
    internal Socket(Socket untyped)
        : base(untyped.Me(BroadcastOptions.All)) => Untyped = untyped;

    /// <summary>The socket itself: its id, its rooms, its handlers.</summary>
    public Socket Untyped { get; }

    /// <inheritdoc cref="Socket.Broadcast"/>
    public BroadcastOperator<TClient> Broadcast => new(Untyped.Broadcast);

    /// <inheritdoc cref="Socket.Local"/>
    public BroadcastOperator<TClient> Local => new(Untyped.Local);

    /// <inheritdoc cref="Socket.To"/>
    public BroadcastOperator<TClient> To(params ReadOnlySpan<string> rooms) => new(Untyped.To(rooms));

    /// <inheritdoc cref="Socket.In"/>
    public BroadcastOperator<TClient> In(params ReadOnlySpan<string> rooms) => new(Untyped.To(rooms));

    /// <inheritdoc cref="Socket.Except"/>
    public BroadcastOperator<TClient> Except(params ReadOnlySpan<string> rooms) => new(Untyped.Except(rooms));
}
