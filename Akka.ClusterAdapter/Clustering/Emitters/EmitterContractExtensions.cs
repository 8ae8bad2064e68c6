using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Operators.Contracts;

namespace Akka.ClusterAdapter.Server;

/// <summary>Typed views of an emitter's namespaces.</summary>
public static class EmitterContractExtensions
{
    /// <summary>Another namespace of the emitter, spoken to through a contract.</summary>
    /// <param name="emitter">The emitter.</param>
    /// <param name="name">
    /// The namespace; a missing leading slash is added. Without it: the one that the contract's <see cref="ServerToClientAttribute"/> names.
    /// </param>
    /// <typeparam name="TClient">An interface of what the server says.</typeparam>
    /// <exception cref="InvalidOperationException">No name is given, and the contract names no namespace or several.</exception>
    public static BroadcastOperator<TClient> Of<TClient>(this SocketIOEmitter emitter, string? name = null)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(emitter);
        return new(emitter.Of(name ?? ContractNamespace<TClient>.Name));
    }
}
