namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// Slows down callers that wait for their broadcasts: while more was handed over than leaves, or workers that still move have much waiting.
/// Filled by callers on any thread, emptied by the adapter actor; thread-safe.
/// </summary>
/// <param name="limit">Bytes handed over and not sent yet at which callers wait.</param>
/// <param name="most">Bytes at which nothing more is taken: of callers that do not wait. Each message counts for <see cref="PerMessage"/> bytes more here,
/// for that is what it holds.</param>
internal sealed class BackPressure(long limit, long most = long.MaxValue)
{
    /// <summary>Bytes of memory that a message holds beside its own, at least.</summary>
    public const int PerMessage = 256;

    private readonly Lock _gate = new();
    private long _bytes;
    private long _messages;
    private volatile bool _isHeld;
    private volatile bool _isOver;
    private volatile TaskCompletionSource? _room;

    /// <summary>Bytes handed over and not sent yet.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>True when a caller should wait.</summary>
    public bool Applies => !_isOver && (_isHeld || Interlocked.Read(ref _bytes) > limit);

    private bool HasRoom => _isOver || (!_isHeld && Interlocked.Read(ref _bytes) <= limit / 2);

    /// <summary>A message was handed over.</summary>
    public void Add(int size)
    {
        Interlocked.Add(ref _bytes, size);
        Interlocked.Increment(ref _messages);
    }

    /// <summary>A message is to be handed over; false when too much was already.</summary>
    public bool TryAdd(int size)
    {
        // One alone is always taken, however large.
        if (!_isOver && Interlocked.Read(ref _messages) > 0
            && Interlocked.Read(ref _bytes) + size + ((Interlocked.Read(ref _messages) + 1) * PerMessage) > most)
            return false;
        Add(size);
        return true;
    }

    /// <summary>A message has left.</summary>
    public void Remove(int size) => Remove(size, 1);

    /// <summary>So many messages have left.</summary>
    public void Remove(int size, int messages)
    {
        Interlocked.Add(ref _bytes, -size);
        Interlocked.Add(ref _messages, -messages);
        LetGo();
    }

    /// <summary>Whether too much waits for workers that still move.</summary>
    public void Hold(bool isHeld)
    {
        if (_isHeld == isHeld)
            return;
        _isHeld = isHeld;
        LetGo();
    }

    /// <summary>Nobody takes anything any more, or somebody does again.</summary>
    public void End(bool isOver)
    {
        _isOver = isOver;
        LetGo();
    }

    /// <summary>Ends when there is room again. What was handed over is on its way all the same: cancelling only ends the wait.</summary>
    public async ValueTask WaitAsync(CancellationToken ct)
    {
        Task room;
        lock (_gate)
        {
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            room = _room.Task;
        }

        // It may have become empty just before anybody could see that somebody waits.
        LetGo();
        await room.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void LetGo()
    {
        if (_room is null || !HasRoom)
            return;
        TaskCompletionSource? room;
        lock (_gate)
        {
            room = _room;
            _room = null;
        }

        room?.TrySetResult();
    }
}
