using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Engine;

/// <content>The change from polling to WebSocket.</content>
public sealed partial class EngineSocket
{
    private static readonly TimeSpan NoopPeriod = TimeSpan.FromMilliseconds(100);
    private WebSocketTransport? _candidate;
    private long _upgradeDeadline;
    private long _noopDue;
    private bool _isReserved;

    /// <summary>Raised once, when the session has changed from polling to WebSocket, before the first message that comes that way. What a subscriber throws is logged and counted, and keeps nothing from the others. A session that begins as a WebSocket does not raise it.</summary>
    public event Action<EngineSocket>? Upgraded;

    /// <summary>True from the moment a WebSocket asks to become the transport until it is or will not be.</summary>
    internal bool IsUpgrading => Volatile.Read(ref _isReserved) || Volatile.Read(ref _candidate) is not null;

    /// <summary>Keeps the candidate's place for a WebSocket that is about to be accepted; false when it is taken, the session is over or polls no longer.</summary>
    internal bool TryReserveUpgrade()
    {
        lock (_gate)
        {
            if (_state == SessionState.Closed || _isReserved || _candidate is not null || !ReferenceEquals(_transport, _polling))
                return false;

            return _isReserved = true;
        }
    }

    /// <summary>The place is the WebSocket's, or nobody's.</summary>
    internal void EndReservation()
    {
        lock (_gate)
            _isReserved = false;
    }

    /// <summary>Takes the WebSocket whose place was reserved as candidate; false when the session has ended meanwhile.</summary>
    internal bool TryBeginUpgrade(WebSocketTransport candidate)
    {
        lock (_gate)
        {
            if (_state == SessionState.Closed)
                return false;

            _candidate = candidate;
            _upgradeDeadline = _server.Clock.After(_server.Options.UpgradeTimeout);
            _noopDue = 0;
        }

        _server.Upgrades.Add(candidate, this);
        return true;
    }

    /// <summary>Ends a client's waiting poll so that it can go on with the upgrade, and gives up an upgrade that takes too long; false when this one is over.</summary>
    internal bool CheckUpgrade(WebSocketTransport candidate, long now)
    {
        WebSocketTransport? late = null;
        lock (_gate)
        {
            if (!ReferenceEquals(_candidate, candidate))
                return false;

            if (now >= _upgradeDeadline)
                (late, _candidate) = (_candidate, null);
            else if (_noopDue != 0 && now >= _noopDue)
            {
                _noopDue = now + _server.Clock.Ticks(NoopPeriod);
                if (!_flushing)
                    _polling!.Answer(EnginePacket.Noop);
            }
        }

        if (late is null)
            return true;
        late.Close();
        LogUpgradeFailed("it took longer than UpgradeTimeout");
        return false;
    }

    /// <summary>A WebSocket's connection ended; for an offence of the client when there is one.</summary>
    internal void TransportEnded(WebSocketTransport transport, CloseReason reason, string? offence)
    {
        bool isCandidate, isCurrent;
        lock (_gate)
        {
            isCandidate = ReferenceEquals(_candidate, transport);
            if (isCandidate)
                _candidate = null;
            isCurrent = ReferenceEquals(_transport, transport);
        }

        if (isCandidate)
            LogUpgradeFailed(offence ?? "the WebSocket was closed or lost");
        if (!isCurrent)
            return;
        if (offence is null)
            Finish(reason);
        else
            Reject(offence, CloseReason.TransportError);
    }

    private async ValueTask ReceiveProbeAsync(WebSocketTransport transport, ReadOnlyMemory<byte> frame, bool isBinary)
    {
        if (!isBinary && frame.Span.SequenceEqual("2probe"u8))
            await AnswerProbeAsync(transport).ConfigureAwait(false);
        else if (!isBinary && frame.Span is [(byte)'5', ..])
            await SwitchToAsync(transport).ConfigureAwait(false);
        else
            RefuseCandidate(transport);
    }

    private async ValueTask AnswerProbeAsync(WebSocketTransport transport)
    {
        Poll? waiting;
        lock (_gate)
        {
            if (!ReferenceEquals(_candidate, transport))
                return;

            waiting = _polling!.Poll;
        }

        await transport.WriteAsync(EnginePacket.ProbeAnswer).ConfigureAwait(false);
        lock (_gate)
        {
            // The client stands still until its poll has ended. One that comes from here on is looked for later: it may be one that overtook the end of the upgrade.
            _noopDue = _server.Clock.After(NoopPeriod);
            if (waiting is not null && ReferenceEquals(_polling!.Poll, waiting) && ReferenceEquals(_candidate, transport) && !_flushing)
                _polling.Answer(EnginePacket.Noop);
        }
    }

    private async ValueTask SwitchToAsync(WebSocketTransport transport)
    {
        Post? post;
        bool isScheduled, isClosing;
        lock (_gate)
        {
            if (!ReferenceEquals(_candidate, transport))
                return;

            // The ping's deadline stays as it is: the session's, not the transport's.
            _candidate = null;
            _isCloseAnnounced = false;
            post = _polling!.Post;
            _polling.End();
            Volatile.Write(ref _transport, transport);
            isScheduled = TryBeginFlush();
            isClosing = _state == SessionState.Closing && !_flushing;
        }

        if (isScheduled)
            _loop.Enqueue(this);
        Log.HasUpgraded(_server.Logger, LogId, Request.RemoteAddress);
        _server.Guard.Raise(nameof(Upgraded), Upgraded, static (subscriber, session) => subscriber(session), this);
        if (isClosing)
            EndClosing();
        if (post is not null)
            await EndAsync(post).ConfigureAwait(false);
    }

    // A client that upgrades has no POST under way; if one has, its packets must not meet those of the WebSocket in the handler.
    private static Task EndAsync(Post post)
    {
        if (!post.IsComplete)
            post.Cut.Ask();
        return post.Ended;
    }

    private void RefuseCandidate(WebSocketTransport transport)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_candidate, transport))
                return;

            _candidate = null;
        }

        transport.Close();
        LogUpgradeFailed("its client sent something else than the end of the upgrade");
    }

    internal void LogUpgradeFailed(string why) => Log.UpgradeFailed(_server.Logger, LogId, Request.RemoteAddress, why);
}
