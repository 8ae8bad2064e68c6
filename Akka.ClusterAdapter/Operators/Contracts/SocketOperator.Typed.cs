using System.ComponentModel;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// One client that hears what a contract says: each method of <typeparamref name="TClient"/> is a method here, written by the library's source generator.
/// A method without result sends the event; one with a result waits for the client's answer. Immutable.
/// </summary>
/// <typeparam name="TClient">The contract: an interface of what the server says.</typeparam>
public class SocketOperator<TClient>
    where TClient : class
{
    private readonly SocketOperator _one;

    internal SocketOperator(SocketOperator one) => _one = one;

    /// <inheritdoc cref="SocketOperator.Volatile"/>
    public SocketOperator<TClient> Volatile => new(_one.Volatile);

    /// <inheritdoc cref="SocketOperator.Compress"/>
    public SocketOperator<TClient> Compress(bool compress) => new(_one.Compress(compress));

    /// <inheritdoc cref="SocketOperator.Timeout"/>
    public SocketOperator<TClient> Timeout(TimeSpan timeout) => new(_one.Timeout(timeout));

    /// <summary>Begins an event. For generated code: call the contract's methods.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ContractEvent BeginEvent(string eventName) => new(_one, eventName);
}
