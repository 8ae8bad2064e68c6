using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Rooms and broadcasts of one namespace on one worker, and its link to the same namespace on the other workers.
/// Membership is kept per worker; who is in a room is decided where the packet arrives. Implementations are thread-safe.
/// </summary>
public interface IAdapter : IAsyncDisposable
{
    /// <summary>
    /// Rooms were created or deleted on this worker, sockets of this worker joined or left. Raised outside all locks, on the caller's thread.
    /// </summary>
    event Action<RoomEvent>? RoomChanged;

    /// <summary>Puts a socket of this worker into rooms; twice is once.</summary>
    ValueTask JoinAsync(string socketId, IReadOnlyList<string> rooms);

    /// <summary>Takes a socket out of a room; harmless when it is not in it.</summary>
    ValueTask LeaveAsync(string socketId, string room);

    /// <summary>Takes a socket out of all its rooms and forgets it.</summary>
    ValueTask LeaveAllAsync(string socketId);

    /// <summary>Rooms a socket of this worker is in, its own id's included; empty for an unknown one. A snapshot.</summary>
    IReadOnlyList<string> RoomsOf(string socketId);

    /// <summary>This worker's rooms with their members. A snapshot.</summary>
    IReadOnlyDictionary<string, IReadOnlyList<string>> LocalRooms();

    /// <summary>This worker's sockets with their rooms, those included that are still being admitted. A snapshot.</summary>
    IReadOnlyDictionary<string, IReadOnlyList<string>> LocalSockets();

    /// <summary>
    /// Sends an event to the selected sockets on every worker (only this one when local). Local delivery is done when the call returns; order per
    /// caller is kept.
    /// </summary>
    /// <exception cref="BroadcastTooLargeException">The packet cannot cross to the other workers; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The server was shut down.</exception>
    ValueTask BroadcastAsync(PacketBody body, BroadcastOptions options, CancellationToken ct = default);

    /// <summary>
    /// As <see cref="BroadcastAsync"/>, and gathers the clients' answers until all are in, or <see cref="BroadcastOptions.Timeout"/> (default 30 s)
    /// has passed. Does not throw on time-out.
    /// </summary>
    Task<ClusterReply<SocketAnswer>> BroadcastWithAckAsync(PacketBody body, BroadcastOptions options, CancellationToken ct = default);

    /// <summary>Describes the selected sockets of every worker. Does not throw on time-out.</summary>
    Task<ClusterReply<SocketDetails>> FetchSocketsAsync(BroadcastOptions options, CancellationToken ct = default);

    /// <summary>
    /// As <see cref="BroadcastWithAckAsync"/>, but tells what became of each client as soon as it is known and keeps none of it: the reply has no answers.
    /// </summary>
    /// <param name="body">The event.</param>
    /// <param name="options">Whom it is for.</param>
    /// <param name="answered">
    /// Told of each client once, before the reply; those that are late, at the end. Called from several threads, also with locks held: it must not block,
    /// must not throw and must not call code of the application.
    /// </param>
    /// <param name="ct">Ends the question: what is kept for it, on whichever worker, is let go of.</param>
    Task<ClusterReply<SocketAnswer>> StreamAnswersAsync(
        PacketBody body, BroadcastOptions options, Action<SocketAnswer> answered, CancellationToken ct = default);

    /// <summary>
    /// As <see cref="FetchSocketsAsync"/>, but tells of the sockets as soon as their worker has described them and keeps none of them: the reply has no
    /// answers.
    /// </summary>
    /// <param name="options">Which sockets.</param>
    /// <param name="found">Told of each socket once, before the reply; called as the one of <see cref="StreamAnswersAsync"/>.</param>
    /// <param name="ct">Ends the question.</param>
    Task<ClusterReply<SocketDetails>> StreamSocketsAsync(BroadcastOptions options, Action<SocketDetails> found, CancellationToken ct = default);

    /// <summary>Makes the selected sockets of every worker join rooms.</summary>
    ValueTask SocketsJoinAsync(BroadcastOptions options, IReadOnlyList<string> rooms, CancellationToken ct = default);

    /// <summary>Makes the selected sockets of every worker leave rooms.</summary>
    ValueTask SocketsLeaveAsync(BroadcastOptions options, IReadOnlyList<string> rooms, CancellationToken ct = default);

    /// <summary>Disconnects the selected sockets of every worker.</summary>
    ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close, CancellationToken ct = default);

    /// <summary>Raises an event on the same namespace of every other worker, never on this one.</summary>
    ValueTask ServerSideEmitAsync(PacketBody body, CancellationToken ct = default);

    /// <summary>As <see cref="ServerSideEmitAsync"/>, and gathers one answer from each other worker. Does not throw on time-out.</summary>
    Task<ClusterReply<WorkerAnswer>> ServerSideEmitWithAckAsync(PacketBody body, TimeSpan? timeout, CancellationToken ct = default);

    /// <summary>Workers of the cluster that are known and confirmed, this one included.</summary>
    ValueTask<int> ServerCountAsync(CancellationToken ct = default);

    /// <summary>
    /// Nobody is in the namespace on this worker any more: lets go of everything that is held for receiving, such as subscriptions. Sending goes on:
    /// whoever kept the namespace still reaches its sockets on other workers. <see cref="Resume"/> follows when a client asks for the namespace
    /// again. Otherwise nothing does, not even a disposal, unless the server is closed before. Called once each time, with the server's table of
    /// namespaces locked: it must not block and must call no code of the application.
    /// </summary>
    void Suspend();

    /// <summary>
    /// A client asks for the namespace again: receives again, without rooms and listeners as if it had just been made. Called as
    /// <see cref="Suspend"/> is, and only after it.
    /// </summary>
    void Resume();
}

/// <summary>Makes the adapter of each namespace, and knows whether this worker may take clients.</summary>
public interface IAdapterFactory
{
    private static readonly JsonPacketParser Json = new();

    /// <summary>Name of this worker, unique in the cluster and for all time.</summary>
    string WorkerId { get; }

    /// <summary>The adapter of a namespace that was just created.</summary>
    IAdapter Create(IAdapterHost host);

    /// <summary>
    /// How the arguments of server-side events and their answers travel between workers; the same on every worker. JSON unless the factory says
    /// otherwise.
    /// </summary>
    IArgumentFormat ServerSideFormat => Json;

    /// <summary>True when this worker may take clients now.</summary>
    bool IsReady => true;

    /// <summary>How long a worker that stops takes to let its clients go. Default 2 seconds, enough where they have no other worker to go to.</summary>
    TimeSpan DrainTimeout => TimeSpan.FromSeconds(2);

    /// <summary>
    /// Raised when this worker is about to leave the cluster, whatever the reason: whoever serves clients lets them go. What each handler returns is
    /// awaited before it leaves.
    /// Never raised by an adapter without a cluster.
    /// </summary>
    event Func<Task>? Leaving
    {
        add { }
        remove { }
    }

    /// <summary>Waits, within its own limit, until this worker may take clients; false when it may not (yet, or ever again).</summary>
    ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct = default) => new(true);

    /// <summary>
    /// Ends readiness for good, at once, and tells the other workers that this one leaves: they do not count on it any more, and it still hears
    /// everything. Harmless when repeated.
    /// </summary>
    Task LeaveAsync(CancellationToken ct = default) => Task.CompletedTask;
}
