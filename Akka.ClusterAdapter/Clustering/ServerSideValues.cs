namespace Akka.ClusterAdapter.Server;

/// <summary>How the values of server-side events and of their answers travel between workers; the same on every worker and emitter.</summary>
public enum ServerSideValues : byte
{
    /// <summary>As JSON.</summary>
    Json = 0,

    /// <summary>As CLR values of registered types, written by Hyperion. Only between processes that trust each other: with TLS, or on one machine.</summary>
    Hyperion = 1,
}
