using Akka.ClusterAdapter.Engine.Connections;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>Whether this process has <see cref="DirectTransportFactory"/> at all.</summary>
internal sealed class DirectTransportOptions
{
    public bool IsOn { get; set; } = true;

    /// <summary>Most connections at once; null for as many as the process has open files for.</summary>
    public int? MostConnections { get; set; }

    /// <summary>Who reads the connections; null for the web server's own transport.</summary>
    public ClientLoop? Loop { get; set; }
}
