using System.Runtime.InteropServices;

namespace LoadClient.Sockets;

/// <summary>The system calls of the event loop. Those that cannot wait (the sockets never block) are called without leaving managed code.</summary>
internal static unsafe partial class Libc
{
    internal const int WouldBlock = 11;
    internal const int InProgress = 115;
    internal const int NoSignal = 0x4000;
    internal const int StreamNonBlocking = 1 | 0x800 | 0x80000;
    internal const int Internet = 2;
    internal const uint Readable = 1, Writable = 4;
    internal const int Add = 1, Modify = 3;
    private const int TcpLevel = 6, NoDelay = 1, SocketLevel = 1, SocketError = 4, InternetLevel = 0, BindAddressNoPort = 24;
    private const int AddressSize = 16;

    /// <summary>struct epoll_event is packed on x64 only.</summary>
    internal static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    internal static int LastError => Marshal.GetLastSystemError();

    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    internal static partial int CreatePoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_wait")]
    internal static partial int Wait(int poll, byte* events, int capacity, int milliseconds);

    [LibraryImport("libc", EntryPoint = "socket")]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "recv"), SuppressGCTransition]
    internal static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    internal static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "usleep")]
    internal static partial int Sleep(uint microseconds);

    internal static nint Send(int socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
            return Send(socket, pointer, (nuint)bytes.Length, NoSignal);
    }

    /// <summary>Starts to connect to an IPv4 address; false when that failed at once.</summary>
    internal static bool Connect(int socket, ReadOnlySpan<byte> address, int port)
    {
        var on = 1;
        _ = SetOption(socket, TcpLevel, NoDelay, &on, sizeof(int));
        var name = stackalloc byte[AddressSize];
        Write(name, address, port);
        return Connect(socket, name, AddressSize) == 0 || LastError == InProgress;
    }

    /// <summary>Gives a socket an address; the port is chosen when it connects, so that one port serves several destinations.</summary>
    internal static bool Bind(int socket, ReadOnlySpan<byte> address)
    {
        var on = 1;
        _ = SetOption(socket, InternetLevel, BindAddressNoPort, &on, sizeof(int));
        var name = stackalloc byte[AddressSize];
        Write(name, address, 0);
        return Bind(socket, name, AddressSize) == 0;
    }

    /// <summary>What became of a connect: 0, or the error.</summary>
    internal static int PendingError(int socket)
    {
        int error = 0, size = sizeof(int);
        return GetOption(socket, SocketLevel, SocketError, &error, &size) == 0 ? error : LastError;
    }

    internal static void Watch(int poll, int operation, int socket, uint what, int tag)
    {
        var entry = stackalloc byte[16];
        *(uint*)entry = what;
        *(ulong*)(entry + EventSize - 8) = (uint)tag;
        if (Control(poll, operation, socket, entry) != 0)
            throw new IOException($"epoll_ctl: error {LastError}");
    }

    // struct sockaddr_in
    private static void Write(byte* name, ReadOnlySpan<byte> address, int port)
    {
        new Span<byte>(name, AddressSize).Clear();
        name[0] = Internet;
        name[2] = (byte)(port >> 8);
        name[3] = (byte)port;
        address.CopyTo(new Span<byte>(name + 4, 4));
    }

    [LibraryImport("libc", EntryPoint = "epoll_ctl")]
    private static partial int Control(int poll, int operation, int file, byte* entry);

    [LibraryImport("libc", EntryPoint = "bind")]
    private static partial int Bind(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "connect")]
    private static partial int Connect(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "send"), SuppressGCTransition]
    private static partial nint Send(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int socket, int level, int name, int* value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static partial int GetOption(int socket, int level, int name, int* value, int* length);
}
