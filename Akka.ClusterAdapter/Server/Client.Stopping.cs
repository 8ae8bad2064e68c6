namespace Akka.ClusterAdapter.Server;

/// <content>Its handlers that run, and its end when the server stops.</content>
internal sealed partial class Client
{
    private int _running;
    private int _owed;
    private volatile DrainPatience? _patience;
    private int _isLetGo;

    /// <summary>True from the moment the server lets it go: what it sends is not dispatched any more, except its answers.</summary>
    private bool IsStopping => _patience is not null;

    private bool IsHeldBy(DrainPatience patience) =>
        (Volatile.Read(ref _owed) > 0 && patience.WaitsForAnswers) || (Volatile.Read(ref _running) > 0 && patience.WaitsForHandlers);

    /// <summary>A handler of one of its events begins.</summary>
    /// <param name="isOwed">The client waits for an answer.</param>
    public void BeginHandler(bool isOwed)
    {
        if (isOwed)
            Interlocked.Increment(ref _owed);
        Interlocked.Increment(ref _running);
    }

    /// <summary>It has ended, its answer is queued.</summary>
    public void EndHandler(bool isOwed)
    {
        if (isOwed)
            Interlocked.Decrement(ref _owed);
        if (Interlocked.Decrement(ref _running) == 0 && _patience is { } patience)
            LetGo(patience);
    }

    /// <summary>
    /// The server stops: from now on no event of this client is dispatched. Its connection is closed, on another thread, as soon as the handlers that run have ended or
    /// are not waited for any more; what is queued then still reaches it. Called again and again until it is gone.
    /// </summary>
    public void LetGo(DrainPatience patience)
    {
        _patience = patience;
        Interlocked.MemoryBarrier();
        // Its disconnect handlers are the application's: one that blocks must not keep the others from being let go.
        if (IsHeldBy(patience) || Interlocked.Exchange(ref _isLetGo, 1) != 0)
            return;
        _server.Running.Begin(HandlerKind.Closing);
        _server.Guard.Queue("drain", static client => client.EndLetGo(), this);
    }

    private void EndLetGo()
    {
        try
        {
            CloseFor(DisconnectReason.ServerShuttingDown);
        }
        finally
        {
            _server.Running.End(HandlerKind.Closing);
        }
    }
}
