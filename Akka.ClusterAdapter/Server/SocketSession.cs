using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server.Authorization;

namespace Akka.ClusterAdapter.Server;

/// <summary>What of a socket outlives its connection, with connection state recovery: the secret its client shows, and what it has seen.</summary>
internal sealed class SocketSession(Socket socket, NamespaceRecovery recovery, ClaimedSession? claim)
{
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ClaimedSession? _claim = claim;
    private readonly SessionProgress _progress = new(claim) { Lost = () => EndForHole(socket, recovery) };
    private (string? Offset, long Position)? _entered;
    private int? _copied;
    private bool _isCounted;

    /// <summary>The secret by which its client finds it again.</summary>
    public string PrivateId { get; private set; } = claim?.Session.PrivateId ?? recovery.NewSecret();

    /// <summary>True when its client came back.</summary>
    public bool IsRecovered { get; private set; } = claim is not null;

    /// <summary>
    /// True when its client missed too much at the last moment although its session was there. The socket is over before anybody saw it: the
    /// middlewares, which were left out for the session's sake, decide about another one.
    /// </summary>
    public bool HasLostClaim { get; private set; }

    /// <summary>True when something is missing, so that it must not go on.</summary>
    public bool IsLost => _progress.HasHole;

    /// <summary>True once it has its rooms.</summary>
    public bool HasEntered => _entered is not null;

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
            EndForHole(socket, recovery);
        return false;
    }

    /// <summary>Enters the namespace; a recovered socket in the same step in which it is decided what it missed.</summary>
    public IReadOnlyList<MissedPacket> Enter()
    {
        if (_claim is not { } claim)
        {
            _entered = (null, recovery.Sessions.Last);
            socket.Namespace.Members.Enter(socket, [socket.Id]);
            recovery.Sessions.Marks.Session(PrivateId);
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
            _entered = (_progress.LastOffset, recovery.Sessions.Position);
            socket.Namespace.Members.Enter(socket, found is null ? [socket.Id] : claim.Session.Rooms);
        });
        recovery.Sessions.Marks.Session(PrivateId);
        Count(missed is null ? ClaimOutcome.LogTooShort : ClaimOutcome.Recovered);
        return missed ?? [];
    }

    /// <summary>Its client has been sent what it missed: that need not be kept any more.</summary>
    public void Opened() => _claim = null;

    /// <summary>It has entered nothing, and nobody knows of it.</summary>
    public void EndUnseen()
    {
        CountUnseen();
        (_claim, IsRecovered) = (null, false);
        recovery.Release(socket);
        _left.TrySetResult();
    }

    /// <summary>
    /// Leaves the namespace and keeps the session when its client may come back. One step for everybody who records, claims or enters: whoever finds
    /// the session finds no trace of this socket any more, which has the same id as the next.
    /// </summary>
    public void Exit(DisconnectReason reason, bool wasOpen)
    {
        CountUnseen();
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
                var session = mayComeBack && wasOpen && !_progress.HasHole ? Session(dataBytes) : SessionProgress.Unseen(claim, recovery.Sessions);
                socket.Namespace.Members.Exit(socket);
                return (session, claim?.LeftAt);
            });
            recovery.Sessions.Marks.Session(PrivateId);
        }
        finally
        {
            _left.TrySetResult();
        }
    }

    /// <summary>The session of a client that is connected, as another worker would need it if this one were killed; null while it has not entered.</summary>
    public HandedSession? Copy()
    {
        if (_entered is not { } entered || _progress.HasHole)
            return null;
        return recovery.Sessions.Connected(
            () => socket.Namespace.Members.Sockets.GetValueOrDefault(socket.Id) == socket ? Session(0) with { LastOffset = entered.Offset } : null,
            entered.Position);
    }

    /// <summary>Whether this is what was copied last; the next time it is.</summary>
    /// <param name="session">What is to be copied.</param>
    /// <param name="copy">Which copy (<see cref="SessionStore.CopyNumber"/>).</param>
    public bool IsCopied(SavedSession session, int copy)
    {
        var hash = default(HashCode);
        hash.Add(copy);
        hash.AddBytes(session.Data is JsonData data ? data.Json.Span : default);
        foreach (var room in session.Rooms)
            hash.Add(room);
        var code = hash.ToHashCode();
        var isCopied = _copied == code;
        _copied = code;
        return isCopied;
    }

    private void CountUnseen()
    {
        if (_claim is not null)
            Count(ClaimOutcome.GaveWay);
    }

    // Each client that shows a secret counts once.
    private void Count(ClaimOutcome outcome)
    {
        if (!Interlocked.Exchange(ref _isCounted, true))
            socket.Namespace.Server.Metrics.Recovered(outcome);
    }

    private SavedSession Session(long dataBytes) => new(socket.Id, PrivateId, [.. socket.Rooms], socket.Data, _progress.LastOffset)
    {
        DataBytes = dataBytes,
        User = SocketUser.NameOf(socket.User),
        IsDataFromElsewhere = socket.IsDataFromElsewhere && socket.Data is JsonElement,
        Moved = _progress.Moved,
    };

    /// <summary>Something was lost on its way to this worker that its client cannot get any more: it is told so, by beginning anew.</summary>
    private static void EndForHole(Socket socket, NamespaceRecovery recovery)
    {
        var client = socket.Client;
        if (!recovery.Sessions.TryDefer(() => client.CloseFor(DisconnectReason.ForcedServerClose)))
            client.CloseFor(DisconnectReason.ForcedServerClose);
    }

    /// <summary>A new secret tells the client that it was not recovered.</summary>
    private void BeginAnew()
    {
        (_claim, IsRecovered) = (null, false);
        recovery.Release(socket);
        recovery.Sessions.Marks.Session(PrivateId);
        PrivateId = recovery.NewSecret();
        socket.Data = null;
        _progress.BeginAnew();
    }
}
