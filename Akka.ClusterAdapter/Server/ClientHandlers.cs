namespace Akka.ClusterAdapter.Server;

/// <summary>The handlers of one connection that run. When the server stops they hold the connection, for a while.</summary>
internal sealed class ClientHandlers(SocketIOServer server, Client client)
{
    private int _running;
    private int _owed;
    private volatile DrainDeadlines? _deadlines;
    private int _isLetGo;

    /// <summary>True from the moment the server lets the client go: what it sends is not dispatched any more, except its answers.</summary>
    public bool IsStopping => _deadlines is not null;

    /// <summary>A handler of one of the client's events begins.</summary>
    /// <param name="isOwed">The client waits for an answer.</param>
    public void Begin(bool isOwed)
    {
        if (isOwed)
            Interlocked.Increment(ref _owed);
        Interlocked.Increment(ref _running);
    }

    /// <summary>It has ended, its answer is queued.</summary>
    public void End(bool isOwed)
    {
        if (isOwed)
            Interlocked.Decrement(ref _owed);
        if (Interlocked.Decrement(ref _running) == 0 && _deadlines is { } patience)
            LetGo(patience);
    }

    /// <summary>
    /// The server stops: from now on no event of this client is dispatched. Its connection is closed, on another thread, as soon as the handlers that
    /// run have ended or are not waited for any more; what is queued then still reaches it. Called again and again until it is gone.
    /// </summary>
    public void LetGo(DrainDeadlines patience)
    {
        _deadlines = patience;
        Interlocked.MemoryBarrier();
        // Its disconnect handlers are the application's: one that blocks must not keep the others from being let go.
        if (IsHeldBy(patience) || Interlocked.Exchange(ref _isLetGo, 1) != 0)
            return;
        server.Dispatcher.Running.Begin(HandlerKind.Closing);
        server.Guard.Queue("drain", static me => me.EndLetGo(), this);
    }

    private bool IsHeldBy(DrainDeadlines patience) =>
        (Volatile.Read(ref _owed) > 0 && patience.WaitsForAnswers) || (Volatile.Read(ref _running) > 0 && patience.WaitsForHandlers);

    private void EndLetGo()
    {
        try
        {
            client.CloseFor(DisconnectReason.ServerShuttingDown);
        }
        finally
        {
            server.Dispatcher.Running.End(HandlerKind.Closing);
        }
    }
}
