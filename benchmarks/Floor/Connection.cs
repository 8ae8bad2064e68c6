using System.Net.Sockets;
using LoadClient.Sockets;

namespace Floor;

/// <summary>A TCP connection that never blocks: what arrives is looked at where it was received, what is left of it is kept for the next time.</summary>
internal abstract class Connection
{
    private const int ReceiveSize = 256 * 1024;

    private readonly Socket _socket;
    private byte[] _rest = [];

    protected Connection(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
        socket.Blocking = false;
        Descriptor = (int)socket.SafeHandle.DangerousGetHandle();
    }

    public int Descriptor { get; }

    /// <summary>Where the worker keeps the connection.</summary>
    public int Slot { get; set; }

    public unsafe void Receive(byte[] buffer)
    {
        var kept = _rest.Length;
        _rest.CopyTo(buffer, 0);
        int received;
        fixed (byte* start = buffer)
            received = (int)Libc.Receive(Descriptor, start + kept, ReceiveSize, 0);
        if (received <= 0)
        {
            if (received == 0 || Libc.LastError != Libc.WouldBlock)
                Close();
            return;
        }
        var data = buffer.AsSpan(0, kept + received);
        var used = Take(data);
        _rest = used == data.Length ? [] : data[used..].ToArray();
    }

    /// <summary>Takes as much of the data as is complete; how many bytes that was.</summary>
    protected abstract int Take(Span<byte> data);

    protected virtual void Close() => _socket.Dispose();

    /// <summary>Sends all of it now; waits for a reader that is so slow that the kernel takes no more.</summary>
    protected void SendNow(ReadOnlySpan<byte> bytes)
    {
        for (var wait = new SpinWait(); bytes.Length > 0;)
        {
            var sent = (int)Libc.Send(Descriptor, bytes);
            if (sent < 0 && Libc.LastError != Libc.WouldBlock)
                return;
            if (sent < 0)
                wait.SpinOnce();
            bytes = bytes[Math.Max(0, sent)..];
        }
    }
}
