using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Loops;

/// <summary>Linux's epoll and timers. Sockets are read and written through .NET.</summary>
internal static class Libc
{
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const int Add = 1;
    public const int Delete = 2;
    public const int Modify = 3;
    public const int Interrupted = 4;
    public const int In = 1;
    public const int Out = 4;
    public const int Error = 8;
    public const int HungUp = 16;
    public const int OnlyWhenItChanges = 1 << 31;

    private const string Name = "libc";

    [DllImport(Name, EntryPoint = "epoll_create1", SetLastError = true)]
    public static extern int CreateEpoll(int flags);

    [DllImport(Name, EntryPoint = "epoll_ctl", SetLastError = true)]
    public static extern int ControlEpoll(int epoll, int operation, int socket, ref byte ready);

    [DllImport(Name, EntryPoint = "epoll_wait", SetLastError = true)]
    public static extern int WaitForEpoll(int epoll, ref byte ready, int most, int milliseconds);

    [DllImport(Name, EntryPoint = "eventfd", SetLastError = true)]
    public static extern int CreateEvent(uint initial, int flags);

    [DllImport(Name, EntryPoint = "write", SetLastError = true)]
    public static extern nint Write(int descriptor, ref long value, nint count);

    [DllImport(Name, EntryPoint = "read", SetLastError = true)]
    public static extern nint Read(int descriptor, ref long value, nint count);

    [DllImport(Name, EntryPoint = "timerfd_create", SetLastError = true)]
    public static extern int CreateTimer(int clock, int flags);

    [DllImport(Name, EntryPoint = "timerfd_settime", SetLastError = true)]
    public static extern int SetTimer(int timer, int flags, ref long times, nint earlier);

    [DllImport(Name, EntryPoint = "close", SetLastError = true)]
    public static extern int Close(int descriptor);
}
