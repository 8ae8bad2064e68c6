namespace Akka.ClusterAdapter.Adapters;

/// <summary>What can be done to a selection of sockets, as spans and measurements call it.</summary>
internal static class Operations
{
    public const string Publish = "publish";
    public const string Ask = "ask";
    public const string Join = "socketsJoin";
    public const string Leave = "socketsLeave";
    public const string Disconnect = "disconnectSockets";
    public const string Fetch = "fetchSockets";
    public const string ServerSideEmit = "serverSideEmit";

    /// <summary>A client that comes back: who has its session?</summary>
    public const string Claim = "claimSession";

    /// <summary>A worker that leaves hands its sessions over.</summary>
    public const string Keep = "keepSessions";

    /// <summary>A worker keeps a copy of another one's sessions.</summary>
    public const string Copy = "copySessions";

    /// <summary>A worker that has joined gets what was sent before.</summary>
    public const string FetchLog = "fetchLog";
}
