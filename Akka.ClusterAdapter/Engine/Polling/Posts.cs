using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Polling;

/// <summary>The POSTs of one session: one at a time, and one that waits its turn.</summary>
internal sealed class Posts
{
    private readonly EngineSocket _session;
    private readonly SessionContext _context;
    private readonly PollingRequests _polling;

    public Posts(EngineSocket session, PollingRequests polling)
    {
        _session = session;
        _context = session.Context;
        _polling = polling;
    }

    /// <summary>The POST in progress. Under the lock.</summary>
    public Post? Current { get; private set; }

    /// <summary>The POST whose body is not here yet. Under the lock.</summary>
    public Post? Unfinished => Current is { IsComplete: false } post ? post : null;

    private bool IsOver => _context.Phase == SessionPhase.Closed || !_polling.IsCurrent;

    /// <summary>
    /// Notes that a POST is in progress; null when one was already, which ends the session, or when the session is over. One whose body is here is as good as
    /// answered: its client may have seen what came of it, and the next POST, only one, waits for its end.
    /// </summary>
    public async ValueTask<Post?> TryBeginAsync()
    {
        var post = new Post();
        Post? before;
        lock (_context.Gate)
        {
            if (IsOver)
                return null;

            before = Current;
            if (before is null)
                return Current = post;

            if (before is { IsComplete: true, Next: null })
                before.Next = post;
            else
                before = null;
        }

        if (before is null)
        {
            _session.Closing.Reject(EngineRejections.Overlap, CloseReason.TransportError);
            return null;
        }

        await before.Ended.ConfigureAwait(false);
        lock (_context.Gate)
        {
            if (!IsOver)
                return post;
        }

        // Nobody would cut it off, or take its packets: it is over before it began.
        End(post);
        return null;
    }

    /// <summary>The POST's body is here: false when the session ended meanwhile.</summary>
    public bool TryComplete(Post post)
    {
        lock (_context.Gate)
        {
            post.IsComplete = true;
            return _context.Phase != SessionPhase.Closed;
        }
    }

    /// <summary>
    /// All of the POST was dispatched, or it was given up: the next one may come. To be called before it is answered, for its client may be quick.
    /// </summary>
    public void End(Post post)
    {
        lock (_context.Gate)
        {
            if (ReferenceEquals(Current, post))
                Current = post.Next;
            _polling.Seen();
        }

        post.End();
    }
}
