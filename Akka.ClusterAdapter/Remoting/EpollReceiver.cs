using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>Waits with Linux's epoll: a call costs the same for ten sockets and for ten thousand.</summary>
internal sealed class EpollReceiver : Receiver
{
    private const int Most = 64;

    // The kernel packs its struct (events, data) on x86-64 only.
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Size = DataAt + 8;

    private readonly Lock _gate = new();
    private readonly byte[] _ready = GC.AllocateArray<byte>(Most * Size, pinned: true);
    private readonly int _epoll;
    private readonly int _wake;
    private bool _isFree;

    /// <exception cref="Win32Exception">The system does not give one.</exception>
    /// <exception cref="DllNotFoundException">There is no such system here.</exception>
    public EpollReceiver(Guard guard)
        : base(guard)
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

        Control(Libc.Add, _wake, id: 0, Readiness.Reads);
    }

    public static bool IsThere => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public override void Change(IWaiting waiting, Readiness wanted) => ControlOpen(Libc.Modify, waiting, wanted);

    protected override void Begin(IWaiting waiting, Readiness wanted) => ControlOpen(Libc.Add, waiting, wanted);

    protected override void End(IWaiting waiting) => ControlOpen(Libc.Delete, waiting, Readiness.None);

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
        var count = Libc.WaitForEpoll(_epoll, ref _ready[0], Most, -1);
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
        ? Readiness.Reads | Readiness.Writes
        : ((events & Libc.In) != 0 ? Readiness.Reads : 0) | ((events & Libc.Out) != 0 ? Readiness.Writes : 0);

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception();

    private void ControlOpen(int operation, IWaiting waiting, Readiness wanted)
    {
        // After the thread's end the number may be another descriptor's.
        lock (_gate)
        {
            if (!_isFree)
                Control(operation, (int)waiting.Socket.Handle, waiting.Id, wanted);
        }
    }

    private void Control(int operation, int socket, long id, Readiness wanted)
    {
        Span<byte> ready = stackalloc byte[16];
        Unsafe.WriteUnaligned(ref ready[0], ((wanted & Readiness.Reads) != 0 ? Libc.In : 0) | ((wanted & Readiness.Writes) != 0 ? Libc.Out : 0));
        Unsafe.WriteUnaligned(ref ready[DataAt], id);
        var result = Libc.ControlEpoll(_epoll, operation, socket, ref ready[0]);
        if (result < 0 && operation != Libc.Delete)
            throw new Win32Exception();
    }
}
