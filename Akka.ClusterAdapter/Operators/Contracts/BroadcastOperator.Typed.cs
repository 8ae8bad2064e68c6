using System.ComponentModel;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// A selection of sockets on all workers whose clients hear what a contract says: each method of <typeparamref name="TClient"/> is a method here, written
/// by the library's source generator. A method without result sends the event; one with a result gathers the clients' answers as a list. Immutable; may
/// be kept and reused.
/// </summary>
/// <typeparam name="TClient">The contract: an interface of what the server says.</typeparam>
public class BroadcastOperator<TClient>
    where TClient : class
{
    internal BroadcastOperator(BroadcastTarget untyped) => Untyped = untyped;

    /// <summary>The same sockets without the contract: to fetch them, make them join rooms or disconnect them.</summary>
    public BroadcastTarget Untyped { get; }

    /// <summary>
    /// The same sockets, asked one by one: a method with a result returns what became of each socket (its id, its worker, answered, late or lost) and does
    /// not throw on time-out. Methods without result are not there.
    /// </summary>
    public AnswersOperator<TClient> PerSocket => new(Untyped);

    /// <inheritdoc cref="BroadcastTarget.Local"/>
    public BroadcastOperator<TClient> Local => new(Untyped.Local);

    /// <inheritdoc cref="BroadcastTarget.Volatile"/>
    public BroadcastOperator<TClient> Volatile => new(Untyped.Volatile);

    /// <inheritdoc cref="BroadcastTarget.To"/>
    public BroadcastOperator<TClient> To(params ReadOnlySpan<string> rooms) => new(Untyped.To(rooms));

    /// <inheritdoc cref="BroadcastTarget.In"/>
    public BroadcastOperator<TClient> In(params ReadOnlySpan<string> rooms) => new(Untyped.To(rooms));

    /// <inheritdoc cref="BroadcastTarget.Except"/>
    public BroadcastOperator<TClient> Except(params ReadOnlySpan<string> rooms) => new(Untyped.Except(rooms));

    /// <inheritdoc cref="BroadcastTarget.Compress"/>
    public BroadcastOperator<TClient> Compress(bool compress) => new(Untyped.Compress(compress));

    /// <inheritdoc cref="BroadcastTarget.Timeout"/>
    public BroadcastOperator<TClient> Timeout(TimeSpan timeout) => new(Untyped.Timeout(timeout));

    /// <summary>Begins an event. For generated code: call the contract's methods.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ContractEvent BeginEvent(string eventName) => new(Untyped, eventName);
}

/// <summary>The sockets of a <see cref="BroadcastOperator{TClient}"/>, asked one by one: see <see cref="BroadcastOperator{TClient}.PerSocket"/>.</summary>
/// <typeparam name="TClient">The contract.</typeparam>
public sealed class AnswersOperator<TClient>
    where TClient : class
{
    private readonly BroadcastTarget _target;

    internal AnswersOperator(BroadcastTarget target) => _target = target;

    /// <inheritdoc cref="BroadcastOperator{TClient}.BeginEvent"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ContractEvent BeginEvent(string eventName) => new(_target, eventName);
}
