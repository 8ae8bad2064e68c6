namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>Whether this process has <see cref="DirectTransportFactory"/> at all.</summary>
internal sealed class DirectTransportOptions
{
    public bool IsOn { get; set; } = true;
}
