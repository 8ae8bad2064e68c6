namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>A place of the cluster that one process after the other has: its ports, and the proxies in front of them.</summary>
internal sealed class Slot(string role, string name, int httpPort, LinkProxy http, LinkProxy remoting)
{
    public string Role => role;

    /// <summary><c>w1</c>.</summary>
    public string Name => name;

    /// <summary>Where clients and the one who runs the soak find it.</summary>
    public int HttpPort => httpPort;

    /// <summary>What the other workers forward requests to.</summary>
    public LinkProxy Http => http;

    public LinkProxy Remoting => remoting;

    /// <summary>Whether a process should be here.</summary>
    public bool IsWanted { get; set; }

    /// <summary>Whether the next life can write its log.</summary>
    public bool HasFullLog { get; set; }

    public int Lives { get; set; }

    /// <summary>The present life; null before the first.</summary>
    public NodeProcess? Process { get; set; }

    public string Url => $"http://127.0.0.1:{httpPort}";

    public string Address => $"akka.ssl.tcp://{Nodes.NodeProgram.SystemName}@127.0.0.1:{remoting.Port}";
}
