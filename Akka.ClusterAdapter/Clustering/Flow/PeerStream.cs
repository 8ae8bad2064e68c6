using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// What comes from one life of one other worker: in which order it is taken, what is missing, and how far this worker is with it.
/// Used by the adapter actor, except for <see cref="Done"/>.
/// </summary>
/// <param name="window">Most bytes the other side has on their way here, as long as it has not said.</param>
internal sealed class PeerStream(long window)
{
    /// <summary>How often the other side is told how far this worker is while it sends a window's worth.</summary>
    private const int CreditsPerWindow = 4;

    private readonly Queue<Held> _held = [];
    private long? _last;
    private long _heard;
    private long _before;
    private long _taken;
    private long _done;
    private long _credited;
    private int _isCreditDue;
    private long _creditStep = window / CreditsPerWindow;

    /// <summary>Number of the last message taken; 0 before the first.</summary>
    public long Last => _last ?? 0;

    /// <summary>True once its messages are counted: none is missing from now on without a word.</summary>
    public bool HasBegun => _last is not null;

    /// <summary>Bytes that were taken and not carried out yet.</summary>
    public long Unread => _taken - Interlocked.Read(ref _done);

    /// <summary>True while a direct message must wait for older ones that are still under way through the topic.</summary>
    public bool MustHold => _held.Count > 0 || _heard < _before;

    /// <summary>Compares a message's place with the last one's.</summary>
    /// <param name="sequence">The message's number.</param>
    /// <param name="missing">How many numbers were skipped.</param>
    /// <returns>False when this message came before.</returns>
    public bool TryAdvance(long sequence, out long missing)
    {
        missing = 0;
        // Before its first hello nobody knows what came before: counting begins here.
        var last = _last ?? sequence - 1;
        if (sequence <= last)
            return false;
        missing = sequence - last - 1;
        _last = sequence;
        return true;
    }

    /// <summary>A hello names the last number before it on the topic: counting begins there, and a hole at the end shows.</summary>
    /// <returns>How many numbers were skipped.</returns>
    public long Align(long lastThroughTopic)
    {
        var missing = _last is { } last ? Math.Max(0, lastThroughTopic - last) : 0;
        if (_last is null || missing > 0)
            _last = lastThroughTopic;
        return missing;
    }

    /// <summary>Everything up to this number that came through the topic at all has come.</summary>
    public void HearTopic(long sequence) => _heard = Math.Max(_heard, sequence);

    /// <summary>Direct messages follow.</summary>
    /// <param name="before">Number of the last message that left through the topic before them.</param>
    /// <param name="next">Number of the first one that is sent here.</param>
    public void BeginDirect(long before, long next)
    {
        _before = before;
        // A worker that came while messages went directly was never meant to get the earlier ones.
        if (next <= before + 1)
            return;
        if (MustHold)
            _held.Enqueue(new Held(before, next - 1, null, ActorRefs.NoSender));
        else
            Skip(next - 1);
    }

    /// <summary>Everything up to a number was sent here: what has not come by now was lost.</summary>
    /// <returns>How many numbers were skipped; 0 as long as older ones may still come through the topic.</returns>
    public long Reach(long before, long last)
    {
        _before = Math.Max(_before, before);
        return MustHold ? 0 : Align(last);
    }

    public void Hold(OrderedMessage message, IActorRef? sender) => _held.Enqueue(new Held(_before, 0, message, sender));

    /// <summary>Gives back what was held, in order, once nothing older can come.</summary>
    public bool TryRelease([NotNullWhen(true)] out OrderedMessage? message, out IActorRef? sender)
    {
        while (_held.TryPeek(out var next) && next.Before <= _heard)
        {
            _held.Dequeue();
            if (next.Message is not null)
            {
                (message, sender) = (next.Message, next.Sender);
                return true;
            }

            Skip(next.SkipTo);
        }

        (message, sender) = (null, null);
        return false;
    }

    /// <summary>The other side says how many bytes it has on their way here at most: it stands still when it is not told before they are carried out.</summary>
    public void SetWindow(long bytes) => Volatile.Write(ref _creditStep, bytes / CreditsPerWindow);

    /// <summary>A message goes to its namespace.</summary>
    public void Take(int size) => _taken += size;

    /// <summary>A message was carried out; from any thread.</summary>
    /// <returns>True when the other side must be told, once.</returns>
    public bool Done(int size) =>
        Interlocked.Add(ref _done, size) - Interlocked.Read(ref _credited) >= Volatile.Read(ref _creditStep) && Interlocked.Exchange(ref _isCreditDue, 1) == 0;

    /// <summary>What the other side is told.</summary>
    public PeerCredit Credit(long origin, long streamOrigin)
    {
        Interlocked.Exchange(ref _isCreditDue, 0);
        Interlocked.Exchange(ref _credited, Interlocked.Read(ref _done));
        return new PeerCredit(origin, streamOrigin, Last, Unread);
    }

    private void Skip(long to)
    {
        if (_last is null || _last < to)
            _last = to;
    }

    private readonly record struct Held(long Before, long SkipTo, OrderedMessage? Message, IActorRef? Sender);
}
