namespace Akka.ClusterAdapter.Server;

/// <summary>A <see cref="SocketHandler"/> that speaks to its clients through a contract.</summary>
/// <typeparam name="TClient">An interface of what the server says.</typeparam>
public abstract class SocketHandler<TClient> : SocketHandler
    where TClient : class
{
    /// <summary>The client whose event is being handled; its <c>To</c> and <c>Broadcast</c> reach the others.</summary>
    protected Socket<TClient> Client => Socket.As<TClient>();

    /// <summary>Everybody in the namespace, that client included, on every worker.</summary>
    protected Namespace<TClient> Clients => new(Socket.Namespace);
}
