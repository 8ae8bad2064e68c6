namespace Akka.ClusterAdapter.Engine;

/// <summary>A GET that waits for packets; null means that there will be none and nothing is left to answer.</summary>
internal sealed class Poll() : TaskCompletionSource<List<OutboundPacket>?>(TaskCreationOptions.RunContinuationsAsynchronously);

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

/// <summary>HTTP long-polling: at most one waiting GET and one POST. All of its state is guarded by the session's lock.</summary>
internal sealed class PollingTransport(EngineClock clock) : IEngineTransport
{
    public string Name => TransportNames.Polling;

    public bool IsReady => Poll is not null;

    /// <summary>The waiting GET.</summary>
    public Poll? Poll { get; set; }

    /// <summary>GETs that wait, or whose answer is still on its way.</summary>
    public int Answering { get; set; }

    /// <summary>When a GET of the client was answered, or a POST dispatched, last; at first when the session began.</summary>
    public long LastSeen { get; set; } = clock.Now;

    /// <summary>The POST in progress.</summary>
    public Post? Post { get; set; }

    public bool TryTake(List<OutboundPacket> batch)
    {
        var poll = Poll;
        Poll = null;
        poll?.TrySetResult(batch);
        return true;
    }

    public ValueTask<bool> WriteAsync(List<OutboundPacket> batch) => new(false);

    /// <summary>Answers the waiting GET, if there is one, with a single packet.</summary>
    public void Answer(EngineMessage packet)
    {
        if (Poll is not null)
            TryTake([new(packet, Compress: true)]);
    }
}
