
namespace Akka.ClusterAdapter.Loops;

/// <summary>
/// The time in which one thread receives and runs work. It begins and ends each item here, and finds out at the end whether another thread has taken its
/// place meanwhile: only within an item can that be.
/// </summary>
/// <param name="of">Whose shift it is.</param>
internal sealed class Shift(object of)
{
    private const long Over = -1;

    [ThreadStatic]
    private static Shift? t_here;

    private ExecutionContext? _context;
    private volatile IThreadPoolWorkItem? _work;
    private volatile string? _what;
    private ITimer? _timer;

    // Even between two items, odd within one; each item has its own.
    private long _mark;

    /// <summary>Whose shift it is.</summary>
    public object Of => of;

    /// <summary>Which item it is at, or between which.</summary>
    public long Mark => Volatile.Read(ref _mark);

    /// <summary>The item; null between two, and when it is done.</summary>
    public IThreadPoolWorkItem? Work => _work;

    /// <summary>The shift of this thread for somebody, while nobody has taken its place.</summary>
    public static Shift? Here(object of) => t_here is { } here && here.IsOf(of) && here.Mark != Over ? here : null;

    /// <summary>What the item is at, as far as somebody has told.</summary>
    public string? What => _what;

    /// <summary>This thread is at something of the application's; matters when it takes long.</summary>
    public static void IsAt(string what)
    {
        if (t_here is { } here)
            here._what = what;
    }

    /// <summary>Whose shift this thread has, while nobody has taken its place.</summary>
    public static object? Owner => t_here is { } here && here.Mark != Over ? here.Of : null;

    public static bool IsAtWork(long mark) => mark != Over && (mark & 1) != 0;

    /// <summary>This thread, which is a new one, begins it.</summary>
    public void Enter()
    {
        t_here = this;
        _context = ExecutionContext.Capture();
    }

    /// <summary>What an item has left on the thread (a span, a culture) is not the next one's.</summary>
    public void Forget()
    {
        if (_context is not null)
            ExecutionContext.Restore(_context);
        SynchronizationContext.SetSynchronizationContext(null);
    }

    /// <summary>An item begins.</summary>
    public void Begin(IThreadPoolWorkItem work)
    {
        _work = work;
        _what = null;
        Volatile.Write(ref _mark, _mark + 1);
    }

    /// <summary>The item is done; false when another thread has taken this one's place.</summary>
    public bool TryEnd()
    {
        _work = null;
        var mark = Mark;
        if (mark != Over && Interlocked.CompareExchange(ref _mark, mark + 1, mark) == mark)
            return true;
        Volatile.Read(ref _timer)?.Dispose();
        return false;
    }

    /// <summary>The timer of whoever has taken the place is over when the item is done.</summary>
    public void EndsWith(ITimer timer)
    {
        Volatile.Write(ref _timer, timer);
        Interlocked.MemoryBarrier();
        if (_work is null)
            timer.Dispose();
    }

    /// <summary>Takes the place of the thread, unless the item is done.</summary>
    public bool TryTakeOver(long mark) => IsAtWork(mark) && Interlocked.CompareExchange(ref _mark, Over, mark) == mark;

    private bool IsOf(object it) => ReferenceEquals(of, it);
}
