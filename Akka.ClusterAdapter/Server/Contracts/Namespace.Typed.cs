namespace Akka.ClusterAdapter.Server;

/// <summary>A namespace whose clients hear what a contract says. A view: it may be made anew at any time, kept, or registered as a service.</summary>
/// <typeparam name="TClient">The contract: an interface of what the server says.</typeparam>
public sealed class Namespace<TClient> : BroadcastOperator<TClient>
    where TClient : class
{
    internal Namespace(Namespace untyped)
        : base(untyped) => Untyped = untyped;

    /// <summary>The namespace itself: its handlers, middlewares and sockets.</summary>
    public new Namespace Untyped { get; }

    /// <summary>Its name, with the leading slash.</summary>
    public string Name => Untyped.Name;
}
