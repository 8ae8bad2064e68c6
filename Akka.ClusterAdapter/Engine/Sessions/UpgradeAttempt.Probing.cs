using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <content>What a candidate sends, up to the end of the upgrade.</content>
internal sealed partial class UpgradeAttempt
{
    /// <summary>A packet of a WebSocket that is not the transport.</summary>
    public async ValueTask ReceiveAsync(WebSocketTransport transport, ReadOnlyMemory<byte> frame, bool isBinary)
    {
        if (!isBinary && frame.Span.SequenceEqual("2probe"u8))
            await AnswerProbeAsync(transport).ConfigureAwait(false);
        else if (!isBinary && frame.Span is [(byte)'5', ..])
            await CompleteAsync(transport).ConfigureAwait(false);
        else
            Refuse(transport);
    }

    private async ValueTask AnswerProbeAsync(WebSocketTransport transport)
    {
        Poll? waiting;
        lock (_context.Gate)
        {
            if (!ReferenceEquals(_candidate, transport))
                return;

            waiting = _polling.Waiting;
            _isAnswered = true;
            _answeredAt = _context.Server.Clock.Now;
        }

        var isWritten = await transport.WriteAsync(EnginePacket.ProbeAnswer).ConfigureAwait(false);
        lock (_context.Gate)
        {
            if (!ReferenceEquals(_candidate, transport))
                return;

            _isAnswered = isWritten;
            // The client stands still until its poll has ended. One that comes from here on is looked for later: it may be one that overtook the end of the
            // upgrade.
            _noopDue = _context.Server.Clock.After(NoopPeriod);
            Watch();
            if (waiting is not null && ReferenceEquals(_polling.Waiting, waiting) && !_session.Outbound.IsFlushing)
                _polling.Answer(EnginePacket.Noop);
        }
    }

    private async ValueTask CompleteAsync(WebSocketTransport transport)
    {
        Post? post;
        bool isScheduled, isClosing;
        lock (_context.Gate)
        {
            if (!ReferenceEquals(_candidate, transport))
                return;

            // The ping's deadline stays as it is: the session's, not the transport's.
            TakeCandidate();
            _session.Closing.TakeBack();
            post = _polling.Posts.Current;
            _polling.EndForUpgrade();
            _context.Transport = transport;
            isScheduled = _session.Outbound.TryBeginFlush();
            isClosing = _context.Phase == SessionPhase.Closing && !_session.Outbound.IsFlushing;
        }

        if (isScheduled)
            _session.Outbound.Schedule();
        _context.Server.Metrics.Upgraded(Upgrades.Completed, _session);
        SessionLog.HasUpgraded(_session);
        _context.Server.Guard.Raise(nameof(Upgraded), Upgraded, static (subscriber, session) => subscriber(session), _session);
        _context.Server.TellUpgraded(_session);
        if (isClosing)
            _session.Closing.Continue();
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

    private void Refuse(WebSocketTransport transport)
    {
        lock (_context.Gate)
        {
            if (!TryDrop(transport))
                return;
        }

        transport.Close();
        _context.Server.Metrics.Upgraded(Upgrades.Refused);
        SessionLog.UpgradeFailed(_session, "its client sent something else than the end of the upgrade");
    }
}
