namespace LoadClient.Sockets;

/// <summary>
/// One thread that waits for all sockets at once (epoll, level-triggered: one receive per readiness) and runs whatever the scenario awaits.
/// The generator shares the machine with the server it measures, so a delivery costs it one receive and no allocation.
/// </summary>
internal sealed unsafe class EventLoop : SynchronizationContext
{
    /// <summary>Bytes taken from a socket at a time.</summary>
    internal const int ReceiveSize = 256 * 1024;

    private const int EventCapacity = 1024;
    private const int LongestWait = 1000;

    private readonly int _poll = Libc.CreatePoll(0);
    private readonly byte[] _events = GC.AllocateArray<byte>(EventCapacity * 16, pinned: true);
    private readonly Queue<(SendOrPostCallback Work, object? State)> _posted = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _delays = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly int _nap;
    private Connection?[] _connections = new Connection?[1024];
    private int _count;
    private Ticker? _ticker;

    private EventLoop(int nap) => _nap = nap;

    /// <summary>What a socket's bytes are received into, behind what was left of the ones before.</summary>
    internal byte[] Buffer { get; } = GC.AllocateArray<byte>(4 * 1024 * 1024, pinned: true);

    /// <summary>Runs the given work, and everything it awaits, on this thread.</summary>
    /// <param name="nap">Milliseconds to sleep between two rounds, so that one receive finds several messages; 0 when latency is the question.</param>
    /// <param name="work">What to run.</param>
    internal static void Run(int nap, Func<EventLoop, Task> work)
    {
        var loop = new EventLoop(nap);
        SetSynchronizationContext(loop);
        var done = work(loop);
        while (!done.IsCompleted)
            loop.Round();
        if (done.Exception is { } error)
            throw error.InnerException!;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException("The load client has one thread.");
        _posted.Enqueue((d, state));
    }

    internal Task DelayAsync(TimeSpan time)
    {
        var done = new TaskCompletionSource();
        _delays.Enqueue(done, Clock.Now + Clock.Ticks(time));
        return done.Task;
    }

    internal Task DelayAsync(double seconds) => DelayAsync(TimeSpan.FromSeconds(seconds));

    /// <summary>Calls back <paramref name="perSecond"/> times a second, late ones included.</summary>
    internal void StartTicking(double perSecond, Action<long> callback) => _ticker = new Ticker(perSecond, callback);

    internal void StopTicking() => _ticker = null;

    internal void Add(Connection connection)
    {
        if (_count == _connections.Length)
            Array.Resize(ref _connections, 2 * _count);
        _connections[_count] = connection;
        Libc.Watch(_poll, Libc.Add, connection.Descriptor, Libc.Readable | Libc.Writable, _count);
        connection.Slot = _count++;
    }

    internal void Watch(Connection connection, bool writable) =>
        Libc.Watch(_poll, Libc.Modify, connection.Descriptor, writable ? Libc.Readable | Libc.Writable : Libc.Readable, connection.Slot);

    internal void Remove(Connection connection) => _connections[connection.Slot] = null;

    private void Round()
    {
        RunPosted();
        if (_nap > 0)
            _ = Libc.Sleep((uint)_nap * 1000);
        Dispatch(WaitTime());
        var now = Clock.Now;
        while (_delays.TryPeek(out var delay, out var due) && due <= now)
        {
            _delays.Dequeue();
            delay.SetResult();
        }
        _ticker?.Run(now);
    }

    private void RunPosted()
    {
        while (_posted.TryDequeue(out var item))
            item.Work(item.State);
    }

    private int WaitTime()
    {
        if (_posted.Count > 0)
            return 0;
        if (_ticker is not null)
            return 1;
        if (!_delays.TryPeek(out _, out var due))
            return LongestWait;
        return Math.Clamp((int)Math.Ceiling(Clock.Milliseconds(due - Clock.Now)), 0, LongestWait);
    }

    private void Dispatch(int wait)
    {
        fixed (byte* events = _events)
        {
            var ready = Libc.Wait(_poll, events, EventCapacity, wait);
            for (var i = 0; i < ready; i++)
            {
                var entry = events + (i * Libc.EventSize);
                var slot = (int)*(ulong*)(entry + Libc.EventSize - 8);
                _connections[slot]?.OnReady(*(uint*)entry);
            }
        }
    }

    private sealed class Ticker(double perSecond, Action<long> callback)
    {
        private readonly long _start = Clock.Now;
        private long _done;

        internal void Run(long now)
        {
            while (_start + (long)(_done * Clock.Frequency / perSecond) <= now)
            {
                _done++;
                callback(Clock.Now);
            }
        }
    }
}
