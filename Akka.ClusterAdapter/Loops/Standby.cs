using System.ComponentModel;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Loops;

/// <summary>
/// A thread that stands by for one item: who has one hands it over while the thread has none, otherwise it is the thread pool's. So nothing ever waits behind
/// an item, which may block like any in the pool. It is there because the pool, which must not let an item wait behind another, wakes a second thread for each
/// lonely one (docs/decisions/0109). Linux only. Thread-safe.
/// </summary>
internal sealed class Standby
{
    public const string ThreadName = "cluster-handlers";

    [ThreadStatic]
    private static Standby? t_here;

    private readonly Guard _guard;
    private readonly Action<Action> _start;
    private readonly int _call;
    private int _state = State.NotStarted;
    private IThreadPoolWorkItem? _work;

    /// <summary>Comes behind the item that the thread is at. Only the thread has to do with it, and with what follows.</summary>
    private IThreadPoolWorkItem? _behind;

    private bool _isAtEnd;
    private ExecutionContext? _context;

    /// <param name="guard">The gate of the items and of the thread.</param>
    /// <param name="start">Starts the thread; a test may take its place.</param>
    /// <exception cref="Win32Exception">The system does not give a descriptor.</exception>
    public Standby(Guard guard, Action<Action>? start = null)
    {
        _guard = guard;
        _start = start ?? (body => guard.StartThread(ThreadName, body));
        _call = Libc.CreateEvent(0, Libc.CloseOnExec);
        if (_call < 0)
            throw new Win32Exception();
    }

    /// <summary>
    /// Tells that the item which this thread is at will neither block nor take long any more: what it schedules now may come behind it. Harmless on other
    /// threads.
    /// </summary>
    public static void EndsHere()
    {
        if (t_here is { } here)
            here._isAtEnd = true;
    }

    /// <summary>Takes <see cref="EndsHere"/> back.</summary>
    public static void GoesOn()
    {
        if (t_here is { } here)
            here._isAtEnd = false;
    }

    /// <summary>Has this thread run something behind what it is at, when that is as good as over; false when this is no such thread, or it is not.</summary>
    public static bool TryRunBehind(IThreadPoolWorkItem work)
    {
        if (t_here is not { _isAtEnd: true, _behind: null } here)
            return false;
        here._behind = work;
        return true;
    }

    /// <summary>Has the thread run something; false when it is at something, or there is none any more.</summary>
    public bool TryRun(IThreadPoolWorkItem work)
    {
        switch (Volatile.Read(ref _state))
        {
            case State.Idle when Interlocked.CompareExchange(ref _state, State.Busy, State.Idle) == State.Idle:
                Volatile.Write(ref _work, work);
                Call();
                return true;
            case State.NotStarted when Interlocked.CompareExchange(ref _state, State.Busy, State.NotStarted) == State.NotStarted:
                return TryStart(work);
            default:
                return false;
        }
    }

    /// <summary>The thread ends when it is through with what it is at, and is handed nothing any more. Harmless when repeated.</summary>
    public void Close()
    {
        switch (Interlocked.Exchange(ref _state, State.Over))
        {
            case State.Idle:
                Call();
                break;
            case State.NotStarted:
                _ = Libc.Close(_call);
                break;
        }
    }

    private bool TryStart(IThreadPoolWorkItem work)
    {
        _work = work;
        if (_guard.Run(ThreadName, static me => me._start(me.Live), this))
            return true;
        // The system gives no thread now; the next one tries again.
        _work = null;
        if (Interlocked.CompareExchange(ref _state, State.NotStarted, State.Busy) == State.Over)
            _ = Libc.Close(_call);
        return false;
    }

    private void Live()
    {
        t_here = this;
        _context = ExecutionContext.Capture();
        try
        {
            do
            {
                Run();
            }
            while (Interlocked.CompareExchange(ref _state, State.Idle, State.Busy) == State.Busy && Wait());
        }
        finally
        {
            Volatile.Write(ref _state, State.Over);
            _ = Libc.Close(_call);
            // Where waiting has failed.
            if (Interlocked.Exchange(ref _work, null) is { } left)
                _guard.Queue(ThreadName, static left => left.Execute(), left);
        }
    }

    /// <summary>The item, and what comes behind it.</summary>
    private void Run()
    {
        for (var work = Interlocked.Exchange(ref _work, null); work is not null; (work, _behind) = (_behind, null))
        {
            _isAtEnd = false;
            _guard.Run(ThreadName, static work => work.Execute(), work);
            // What an item has left on the thread (a span, a culture) is not the next one's.
            if (_context is not null)
                ExecutionContext.Restore(_context);
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    /// <summary>Waits for an item; false when it is over, and none has been handed over before.</summary>
    private bool Wait()
    {
        var count = 0L;
        while (Libc.Read(_call, ref count, sizeof(long)) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Libc.Interrupted)
                throw new Win32Exception();
        }

        return Volatile.Read(ref _work) is not null;
    }

    private void Call()
    {
        var one = 1L;
        _ = Libc.Write(_call, ref one, sizeof(long));
    }

    private static class State
    {
        public const int NotStarted = 0;
        public const int Idle = 1;
        public const int Busy = 2;
        public const int Over = 3;
    }
}
