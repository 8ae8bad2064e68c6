using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server.Authorization;

namespace Akka.ClusterAdapter.Server;

/// <summary>What of a socket outlives its connection, with connection state recovery: the secret its client shows, and what it has seen.</summary>
internal sealed class SocketSession(Socket socket, NamespaceRecovery recovery, ClaimedSession? claim)
{
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ClaimedSession? _claim = claim;
    private volatile string? _lastOffset = claim?.Session.LastOffset;

    /// <summary>The secret by which its client finds it again.</summary>
    public string PrivateId { get; private set; } = claim?.Session.PrivateId ?? Socket.NewId();

    /// <summary>True when its client came back.</summary>
    public bool IsRecovered => _claim is not null;

    /// <summary>
    /// True when its client missed too much at the last moment although its session was there. The socket is over before anybody saw it: the
    /// middlewares, which were left out for the session's sake, decide about another one.
    /// </summary>
    public bool HasLostClaim { get; private set; }

    /// <summary>The last recorded packet that was sent to it.</summary>
    public string? LastOffset
    {
        set => _lastOffset = value;
    }

    /// <summary>Completes when the session can be claimed.</summary>
    public Task Left => _left.Task;

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
                _lastOffset = found.Count > 0 ? found[^1].Offset : claim.Offset;
            socket.Namespace.Members.Enter(socket, found is null ? [socket.Id] : claim.Session.Rooms);
        });
        socket.Namespace.Server.Metrics.Recovered(missed is not null);
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
        var dataBytes = mayComeBack && wasOpen ? SocketData.BytesOf(socket) : 0;
        try
        {
            recovery.Sessions.Leave(() =>
            {
                var claim = mayComeBack && !wasOpen ? _claim : null;
                var session = mayComeBack && wasOpen
                    ? new SavedSession(socket.Id, PrivateId, [.. socket.Rooms], socket.Data, _lastOffset) { DataBytes = dataBytes, User = SocketUser.NameOf(socket.User) }
                    : claim?.Session;
                socket.Namespace.Members.Exit(socket);
                return (session, claim?.LeftAt);
            });
        }
        finally
        {
            _left.TrySetResult();
        }
    }

    /// <summary>A new secret tells the client that it was not recovered.</summary>
    private void BeginAnew()
    {
        _claim = null;
        recovery.Release(socket);
        PrivateId = Socket.NewId();
        socket.Data = null;
        _lastOffset = null;
    }
}
