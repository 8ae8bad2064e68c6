using Akka.ClusterAdapter.Operators.Contracts;

namespace Akka.ClusterAdapter.Server;

/// <summary>Typed views of the server's namespaces and sockets.</summary>
public static class ServerContractExtensions
{
    /// <summary>The namespace of that name, made when it does not exist yet, spoken to through a contract.</summary>
    /// <param name="io">The server.</param>
    /// <param name="name">
    /// The namespace; a missing leading slash is added. Without it: the one that the contract's <see cref="ServerToClientAttribute"/> names.
    /// </param>
    /// <typeparam name="TClient">An interface of what the server says.</typeparam>
    /// <exception cref="InvalidOperationException">No name is given, and the contract names no namespace or several.</exception>
    public static Namespace<TClient> Of<TClient>(this SocketIOServer io, string? name = null)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(io);
        return new(io.Of(name ?? ContractNamespace<TClient>.Name));
    }

    /// <summary>The same socket, spoken to through a contract.</summary>
    /// <param name="socket">The socket.</param>
    /// <typeparam name="TClient">An interface of what the server says.</typeparam>
    public static Socket<TClient> As<TClient>(this Socket socket)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new(socket);
    }
}
