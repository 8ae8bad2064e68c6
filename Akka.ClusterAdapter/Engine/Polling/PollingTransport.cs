using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Engine.Polling;

/// <summary>A GET that waits for packets; null means that there will be none.</summary>
/// <param name="since">When it came.</param>
/// <param name="mark">What its client marked it with: <see cref="PollMarks"/>.</param>
internal sealed class Poll(long since = 0, string? mark = null)
    : TaskCompletionSource<List<OutboundPacket>?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public long Since => since;

    public string? Mark => mark;

    /// <summary>Set before it completes with null: it overtook the packet that ended the upgrade, and is refused like one that comes after it.</summary>
    public bool IsOvertaking { get; set; }
}

/// <summary>A POST in progress. It knows nothing of its request: who wants that ended asks by way of <see cref="Cut"/>.</summary>
internal sealed class Post
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set once the whole body is here; from then on it is answered, whatever happens to the session.</summary>
    public bool IsComplete { get; set; }

    /// <summary>The one that waits for its end.</summary>
    public Post? Next { get; set; }

    /// <summary>Ends the reading of its body. One whose body is here goes on.</summary>
    public RequestCut Cut { get; } = new();

    /// <summary>Completes when its last packet was dispatched, or it was cut off.</summary>
    public Task Ended => _ended.Task;

    public void End() => _ended.TrySetResult();
}

/// <summary>HTTP long-polling: what is sent leaves with the GET that waits, if there is one. Guarded by the session's lock.</summary>
internal sealed class PollingTransport(EngineClock clock, Traffic traffic) : IEngineTransport
{
    /// <summary>Requests of one client on several connections cross on their way: what it sent first may be read last, by so much.</summary>
    public static readonly TimeSpan ReorderingTime = TimeSpan.FromMilliseconds(50);

    public string Name => TransportNames.Polling;

    public bool IsReady => Poll is not null;

    public bool IsStream => false;

    public bool IsDirect => true;

    /// <summary>The waiting GET.</summary>
    public Poll? Poll { get; set; }

    public bool TryTake(List<OutboundPacket> batch)
    {
        var poll = Poll;
        Poll = null;
        traffic.Answered(this, batch);
        poll?.TrySetResult(batch);
        return true;
    }

    public ValueTask<bool> WriteAsync(List<OutboundPacket> batch) => new(false);

    /// <summary>
    /// The upgrade is done: ends the waiting GET, if there is one. One that has only just come was read before what its client had sent first.
    /// </summary>
    public void End()
    {
        if (Poll is not { } poll || clock.Now - poll.Since > clock.Ticks(ReorderingTime))
        {
            Answer(EnginePacket.Close);
            return;
        }

        Poll = null;
        poll.IsOvertaking = true;
        poll.TrySetResult(null);
    }

    /// <summary>Answers the waiting GET, if there is one, with a single packet.</summary>
    public void Answer(EngineMessage packet)
    {
        if (Poll is not null)
            TryTake([new(packet, Compress: true)]);
    }
}
