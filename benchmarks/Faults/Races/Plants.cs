namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>A fault of each subject's kind; what finds none of them would find no other.</summary>
internal static class Plants
{
    private const string Sessions = "Akka.ClusterAdapter.Engine.Sessions.";
    private const string Polling = "Akka.ClusterAdapter.Engine.Polling.";
    private const string Server = "Akka.ClusterAdapter.Server.";
    private const string Clustering = "Akka.ClusterAdapter.Clustering.";

    public static IReadOnlyList<Plant> All { get; } =
    [
        new("flush", Sessions + "Outbound", "TrySend", PlantKind.NoLock, "a message is queued without the session's lock"),
        new("flush", Sessions + "Outbound", "EndFlush", PlantKind.NoLock, "a flush ends without the session's lock"),
        new("polls", Polling + "PollingRequests", "Begin", PlantKind.NoLock, "a GET begins to wait without the session's lock"),
        new("posts", Sessions + "HandlerCalls", "TryDeliver", PlantKind.NoLock, "a POST's message is handed on without the session's lock"),
        new("upgrade", Sessions + "UpgradeAttempt", "CompleteAsync", PlantKind.NoLock, "the transport changes without the session's lock"),
        new("connects", Server + "ClientNamespaces", "EndTurn", PlantKind.NoLock, "a decision ends without the lock of the connection's namespaces"),
        new("connects", Server + "SocketLife", "Leave", PlantKind.NoLock, "a socket leaves without its lock"),
        new("dynamic", Server + "NamespaceLife", "TryEnd", PlantKind.NoLock, "a namespace that is empty ends without its lock"),
        new("acks", Server + "PendingAcks", "TryAdd", PlantKind.NoLock, "an acknowledgement is asked for without the lock of those that are owed"),
        new("deadlines", "Akka.ClusterAdapter.Diagnostics.DeadlineQueue", "Enter", PlantKind.NoLock, "a deadline enters the queue without its lock"),
        new(
            "returns", "Akka.ClusterAdapter.Adapters.SessionStore/Turn", ".ctor",
            PlantKind.NoLock, "a packet is recorded and delivered without the store's lock"),
        new("recovery", "Akka.ClusterAdapter.Adapters.SessionStore", "Take", PlantKind.NoLock, "a session is claimed without the store's lock"),
        new("windows", Clustering + "Flow.PeerStream", "Done", PlantKind.NotAtomic, "what was carried out is counted in two steps"),
        new("ways", Clustering + "Flow.PeerStream", "get_MustHold", PlantKind.ReturnsFalse, "a direct message does not wait for older ones of the topic"),
        new("readiness", Clustering + "Membership.Readiness", "Set", PlantKind.NoLock, "a worker becomes ready without the lock"),
        new("requests", Clustering + "Requests.RequestAggregator", "IsOwed", PlantKind.ReturnsTrue, "answers count of whom none is expected any more"),
        new("reloads", "Akka.ClusterAdapter.Primary.ReloadQueue", "RequestAsync", PlantKind.NoLock, "a reload is asked for without the lock"),
        new("drain", Server + "RunningHandlers", "End", PlantKind.NotAtomic, "a handler's end is counted in two steps"),
    ];
}
