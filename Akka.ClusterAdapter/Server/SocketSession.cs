using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server.Authorization;

namespace Akka.ClusterAdapter.Server;

/// <summary>What of a socket outlives its connection, with connection state recovery: the secret its client shows, and what it has seen.</summary>
internal sealed class SocketSession(Socket socket, NamespaceRecovery recovery, ClaimedSession? claim)
{
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ClaimedSession? _claim = claim;
    private readonly SessionProgress _progress = new(claim);

    /// <summary>The secret by which its client finds it again.</summary>
    public string PrivateId { get; private set; } = claim?.Session.PrivateId ?? recovery.NewSecret();

    /// <summary>True when its client came back.</summary>
    public bool IsRecovered => _claim is not null;

    /// <summary>
    /// True when its client missed too much at the last moment although its session was there. The socket is over before anybody saw it: the
    /// middlewares, which were left out for the session's sake, decide about another one.
    /// </summary>
    public bool HasLostClaim { get; private set; }

    /// <summary>Completes when the session can be claimed.</summary>
    public Task Left => _left.Task;

    /// <summary>
    /// A recorded packet is on its way to the client. False when the client had it on the worker where it was before. Under the lock of the record.
    /// </summary>
    public bool Takes(string offset, LogPlace place)
    {
        if (_progress.Takes(offset, place))
            return true;
        if (_progress.HasHole)
            EndForHole();
        return false;
    }

    /// <summary>Enters the namespace; a recovered socket in the same step in which it is decided what it missed.</summary>
    public IReadOnlyList<MissedPacket> Enter()
    {
        if (_claim is not { } claim)
        {
            socket.Namespace.Members.Enter(socket, [socket.Id]);
            return [];
        }

        IReadOnlyList<MissedPacket>? missed = null;
        recovery.Sessions.Enter(claim, found =>
        {
            missed = found;
            HasLostClaim = found is null && recovery.Sessions.Options.SkipMiddlewares;
            if (HasLostClaim)
                return;
            if (found is null)
                BeginAnew();
            else
                _progress.Enter(claim, found, recovery.Sessions);
            socket.Namespace.Members.Enter(socket, found is null ? [socket.Id] : claim.Session.Rooms);
        });
        socket.Namespace.Server.Metrics.Recovered(missed is null ? ClaimOutcome.LogTooShort : ClaimOutcome.Recovered);
        return missed ?? [];
    }

    /// <summary>It has entered nothing, and nobody knows of it.</summary>
    public void EndUnseen()
    {
        _claim = null;
        recovery.Release(socket);
        _left.TrySetResult();
    }

    /// <summary>
    /// Leaves the namespace and keeps the session when its client may come back. One step for everybody who records, claims or enters: whoever finds
    /// the session finds no trace of this socket any more, which has the same id as the next.
    /// </summary>
    public void Exit(DisconnectReason reason, bool wasOpen)
    {
        var mayComeBack = reason is DisconnectReason.TransportClose or DisconnectReason.TransportError or DisconnectReason.PingTimeout
            or DisconnectReason.ForcedClose or DisconnectReason.ForcedServerClose or DisconnectReason.ServerShuttingDown;
        if (mayComeBack && wasOpen)
            recovery.CheckData(socket.Data);
        var dataBytes = mayComeBack && wasOpen ? SocketData.BytesOf(socket) : 0;
        try
        {
            recovery.Sessions.Leave(() =>
            {
                var claim = mayComeBack && !wasOpen ? _claim : null;
                var session = mayComeBack && wasOpen && !_progress.HasHole ? Session(dataBytes) : SessionProgress.Unseen(claim);
                socket.Namespace.Members.Exit(socket);
                return (session, claim?.LeftAt);
            });
        }
        finally
        {
            _left.TrySetResult();
        }
    }

    private SavedSession Session(long dataBytes) => new(socket.Id, PrivateId, [.. socket.Rooms], socket.Data, _progress.LastOffset)
    {
        DataBytes = dataBytes,
        User = SocketUser.NameOf(socket.User),
        Moved = _progress.Moved,
    };

    /// <summary>Something was lost on its way to this worker that its client cannot get any more: it is told so, by beginning anew.</summary>
    private void EndForHole()
    {
        var client = socket.Client;
        if (!recovery.Sessions.TryDefer(() => client.CloseFor(DisconnectReason.ForcedServerClose)))
            client.CloseFor(DisconnectReason.ForcedServerClose);
    }

    /// <summary>A new secret tells the client that it was not recovered.</summary>
    private void BeginAnew()
    {
        _claim = null;
        recovery.Release(socket);
        PrivateId = recovery.NewSecret();
        socket.Data = null;
        _progress.BeginAnew();
    }
}
