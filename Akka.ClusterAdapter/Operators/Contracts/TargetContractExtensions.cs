namespace Akka.ClusterAdapter.Server;

/// <summary>Typed views of what events are sent to.</summary>
public static class TargetContractExtensions
{
    /// <summary>The same sockets, spoken to through a contract.</summary>
    /// <param name="target">The sockets.</param>
    /// <typeparam name="TClient">An interface of what the server says.</typeparam>
    public static BroadcastOperator<TClient> As<TClient>(this BroadcastTarget target)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(target);
        return new(target);
    }

    /// <summary>The same client, spoken to through a contract.</summary>
    /// <param name="target">The client.</param>
    /// <typeparam name="TClient">An interface of what the server says.</typeparam>
    public static SocketOperator<TClient> As<TClient>(this SocketOperator target)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(target);
        return new(target);
    }
}
