using Akka.ClusterAdapter.Engine.Connections;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>Whether this process has <see cref="DirectTransportFactory"/> at all.</summary>
internal sealed class DirectTransportOptions
{
    public bool IsOn { get; set; } = true;

    /// <summary>Who reads the connections; null for the web server's own transport.</summary>
    public ClientLoop? Loop { get; set; }
}
