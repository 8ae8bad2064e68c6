using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Engine;

/// <content>The session's end.</content>
public sealed partial class EngineSocket
{
    // How long a closing session waits for the poll that fetches the close packet.
    private static readonly TimeSpan PollGrace = TimeSpan.FromSeconds(30);
    private bool _isCloseAnnounced;
    private bool _isCloseFetched;
    private CloseReason _closingReason = CloseReason.ForcedClose;

    /// <summary>
    /// Closes the session: what is queued is still sent, unless <paramref name="discard"/>. Nothing more is accepted in either direction; the handler
    /// hears of it as <see cref="CloseReason.ForcedClose"/>, soon and on another thread. Without a waiting poll that may take 30 s.
    /// </summary>
    public void Close(bool discard = false)
    {
        if (discard)
        {
            Finish(CloseReason.ForcedClose);
            return;
        }

        lock (_gate)
        {
            if (_state != SessionState.Open)
                return;

            _state = SessionState.Closing;
            _closeDeadline = _server.Clock.After(PollGrace);
            if (_flushing || !_queue.IsEmpty)
                return;
        }

        EndClosing();
    }

    /// <summary>Everything queued was flushed: closes now, or with the next poll.</summary>
    private void EndClosing()
    {
        Post? unfinished;
        lock (_gate)
        {
            if (_state != SessionState.Closing || (_isCloseAnnounced && !_isCloseFetched))
                return;

            _isCloseAnnounced = !_isCloseFetched && ReferenceEquals(_transport, _polling) && !_polling!.IsReady;
            unfinished = _polling?.Post is { IsComplete: false } post ? post : null;
        }

        if (_isCloseAnnounced)
            unfinished?.Cut.Ask();
        else
            Finish(_closingReason);
    }

    /// <summary>Ends the session for what its client did, and counts that, unless it was over already.</summary>
    internal void Reject(string offence, CloseReason reason) => Finish(reason, offence: offence);

    /// <summary>
    /// Ends the session, once; a waiting poll is answered with <paramref name="answer"/> or the close packet. With <paramref name="hungUp"/> only if that
    /// is the waiting poll, which stays unanswered: a poll that comes at the same moment must not take its place. An <paramref name="offence"/> is counted. False when there was nothing to end.
    /// </summary>
    internal bool Finish(CloseReason reason, EngineMessage? answer = null, Poll? hungUp = null, string? offence = null)
    {
        WebSocketTransport? candidate;
        Post? unfinished;
        bool isCallbackDue;
        lock (_gate)
        {
            if (_state == SessionState.Closed || (hungUp is not null && !ReferenceEquals(_polling?.Poll, hungUp)))
                return false;

            if (hungUp is not null)
                _polling!.Poll = null;
            _state = SessionState.Closed;
            _reason = reason;
            _pongDue = _closeDeadline = _flushDeadline = 0;
            _queue.Clear();
            _polling?.Answer(answer ?? EnginePacket.Close);
            unfinished = _polling?.Post is { IsComplete: false } post ? post : null;
            (candidate, _candidate) = (_candidate, null);
            isCallbackDue = !_inCallback;
            _isCloseDue = _inCallback;
        }

        // Before its client can know.
        if (offence is not null)
        {
            _server.Metrics.Rejected(offence);
            LogRejected(offence);
        }

        _server.Guard.Run(nameof(EngineServer.Remove), static it => it.Session._server.Remove(it.Session, it.Reason), (Session: this, Reason: reason));
        unfinished?.Cut.Ask();
        _server.Guard.Run(nameof(Close), static transport => transport?.Close(), candidate);
        _server.Guard.Run(nameof(Close), static transport => transport?.Close(), _transport as WebSocketTransport);
        if (isCallbackDue)
            _server.Guard.Queue(nameof(IEngineHandler.Closed), static session => session.RunClosed(), this);
        return true;
    }
}
