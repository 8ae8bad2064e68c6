using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Loops;

/// <summary>Waits with Linux's epoll: a call costs the same for ten sockets and for ten thousand. Its thread also runs work.</summary>
internal sealed class EpollReceiver : Receiver, ILoopThread
{
    private const int Most = 64;
    private const long WakeId = 0;

    // The kernel packs its struct (events, data) on x86-64 only.
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Size = DataAt + 8;

    private readonly Lock _gate = new();
    private readonly byte[] _ready = GC.AllocateArray<byte>(Most * Size, pinned: true);
    private readonly LoopWork _work;
    private readonly int _epoll;
    private readonly int _wake;
    private bool _isFree;

    /// <exception cref="Win32Exception">The system does not give one.</exception>
    /// <exception cref="DllNotFoundException">There is no such system here.</exception>
    public EpollReceiver(Guard guard, TimeProvider? time = null, string name = ThreadName)
        : base(guard, name)
    {
        _epoll = Checked(Libc.CreateEpoll(Libc.CloseOnExec));
        try
        {
            _wake = Checked(Libc.CreateEvent(0, Libc.CloseOnExec | Libc.NonBlocking));
        }
        catch (Win32Exception)
        {
            _ = Libc.Close(_epoll);
            throw;
        }

        try
        {
            _work = new LoopWork(guard, new KernelAlarm(LoopWork.Patience), this, time ?? TimeProvider.System, name);
        }
        catch (Win32Exception)
        {
            _ = Libc.Close(_epoll);
            _ = Libc.Close(_wake);
            throw;
        }

        // Each call is told once, and need not be read.
        Control(Libc.Add, _wake, WakeId, Libc.In | Libc.OnlyWhenItChanges);
    }

    public static bool IsThere => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public override LoopWork Work => _work;

    public override void Change(IWaiting waiting, Readiness wanted) => ControlOpen(Libc.Modify, waiting, wanted);

    protected override void Begin(IWaiting waiting, Readiness wanted) => ControlOpen(Libc.Add, waiting, wanted);

    protected override void End(IWaiting waiting) => ControlOpen(Libc.Delete, waiting, Readiness.None);

    void ILoopThread.Wake() => Wake();

    void ILoopThread.GoOn(Shift shift) => Run(shift);

    bool ILoopThread.IsAnyReady()
    {
        // Somebody must see to the end, whatever the thread is at.
        if (IsStopping)
            return true;
        Span<byte> ready = stackalloc byte[2 * 16];
        var (isAny, isCalled) = (false, false);
        lock (_gate)
        {
            var count = _isFree ? 0 : Libc.WaitForEpoll(_epoll, ref ready[0], 2, 0);
            for (var i = 0; i < count; i++)
            {
                var isCall = Unsafe.ReadUnaligned<long>(ref ready[(i * Size) + DataAt]) == WakeId;
                isCalled |= isCall;
                isAny |= !isCall;
            }
        }

        // A call is told once, and was told here. The thread may be through with its item by now, and asleep: it is for the thread.
        if (isCalled)
            Wake();
        return isAny;
    }

    protected override void Wake()
    {
        lock (_gate)
        {
            var one = 1L;
            if (!_isFree)
                _ = Libc.Write(_wake, ref one, sizeof(long));
        }
    }

    protected override void Turn()
    {
        var isAsleep = _work.TryFallAsleep() && !IsStopping;
        var count = Libc.WaitForEpoll(_epoll, ref _ready[0], Most, isAsleep ? -1 : 0);
        _work.WakeUp();
        if (count < 0)
        {
            if (Marshal.GetLastPInvokeError() == Libc.Interrupted)
                return;
            throw new Win32Exception();
        }

        for (var i = 0; i < count && !IsStopping; i++)
        {
            var events = Unsafe.ReadUnaligned<int>(ref _ready[i * Size]);
            var id = Unsafe.ReadUnaligned<long>(ref _ready[(i * Size) + DataAt]);
            // One that was removed meanwhile is not found.
            if (All.TryGetValue(id, out var waiting))
                Tell(waiting, ReadinessOf(events));
        }
    }

    protected override void Free()
    {
        lock (_gate)
        {
            _isFree = true;
            _ = Libc.Close(_wake);
            _ = Libc.Close(_epoll);
        }
    }

    // A connection that has failed or ended says so when it is read or written, whatever it was waited for.
    private static Readiness ReadinessOf(int events) => (events & (Libc.Error | Libc.HungUp)) != 0
        ? Readiness.Reads | Readiness.Writes | Readiness.Ended
        : ((events & Libc.In) != 0 ? Readiness.Reads : 0) | ((events & Libc.Out) != 0 ? Readiness.Writes : 0);

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception();

    private void ControlOpen(int operation, IWaiting waiting, Readiness wanted)
    {
        // After the thread's end the number may be another descriptor's.
        lock (_gate)
        {
            if (!_isFree)
                Control(operation, (int)waiting.Socket.Handle, waiting.Id, EventsOf(wanted));
        }
    }

    private static int EventsOf(Readiness wanted) =>
        ((wanted & Readiness.Reads) != 0 ? Libc.In : 0) | ((wanted & Readiness.Writes) != 0 ? Libc.Out : 0);

    private void Control(int operation, int socket, long id, int events)
    {
        Span<byte> ready = stackalloc byte[16];
        Unsafe.WriteUnaligned(ref ready[0], events);
        Unsafe.WriteUnaligned(ref ready[DataAt], id);
        var result = Libc.ControlEpoll(_epoll, operation, socket, ref ready[0]);
        if (result < 0 && operation != Libc.Delete)
            throw new Win32Exception();
    }
}
