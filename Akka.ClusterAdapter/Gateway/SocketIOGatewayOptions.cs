namespace Akka.ClusterAdapter.Server;

/// <summary>How a gateway chooses the worker of a new session.</summary>
public enum BalancingPolicy
{
    /// <summary>The one with the fewest sessions.</summary>
    LeastConnections,

    /// <summary>One after the other.</summary>
    RoundRobin,

    /// <summary>Any.</summary>
    Random,
}

/// <summary>Settings of a gateway; the configuration section <c>SocketIOGateway</c> sets them too.</summary>
public sealed class SocketIOGatewayOptions
{
    /// <summary>How the worker of a new session is chosen. Default: the one with the fewest sessions.</summary>
    public BalancingPolicy Policy { get; set; }

    /// <summary>
    /// After how much silence in both directions a request is given up: more than the workers' <c>PingInterval</c> and
    /// <c>PingTimeout</c> together. Default 1 minute; at most 1 day.
    /// </summary>
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromMinutes(1);
}
