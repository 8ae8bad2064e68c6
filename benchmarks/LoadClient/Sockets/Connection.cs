using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace LoadClient.Sockets;

/// <summary>One Socket.IO client over a WebSocket: connects, answers the server's pings, hands on what arrives, sends ready-made frames.</summary>
internal sealed partial class Connection
{
    private const int CallSeconds = 20;

    private static readonly byte[] Pong = ClientFrame.Text("3");
    private static readonly byte[] ConnectPacket = ClientFrame.Text("40");
    private static readonly byte[] CloseFrame = ClientFrame.Control(FrameHead.Close, []);

    private readonly EventLoop _loop;
    private readonly IMessageHandler _handler;
    private readonly TaskCompletionSource _ready = new();
    private byte[] _request;
    private TaskCompletionSource<string>? _call;
    private byte[] _unsent = [];
    private int _unsentLength;
    private bool _established;
    private bool _closed;

    internal Connection(EventLoop loop, IMessageHandler handler, IPEndPoint server, IPAddress? source = null)
    {
        _loop = loop;
        _handler = handler;
        _request = Encoding.ASCII.GetBytes(
            $"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Key: {Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))}\r\nSec-WebSocket-Version: 13\r\n\r\n");
        Descriptor = Libc.Socket(Libc.Internet, Libc.StreamNonBlocking, 0);
        if (Descriptor < 0)
            throw new IOException($"socket: error {Libc.LastError} (too many open files?)");
        var connecting = (source is null || Libc.Bind(Descriptor, source.GetAddressBytes()))
            && Libc.Connect(Descriptor, server.Address.GetAddressBytes(), server.Port);
        var error = Libc.LastError;
        _loop.Add(this);
        if (!connecting)
            End($"connect: error {error}");
    }

    internal int Descriptor { get; }

    /// <summary>Where the event loop keeps the connection.</summary>
    internal int Slot { get; set; }

    /// <summary>For the scenario: the connection's place in its lists.</summary>
    internal int Index { get; set; }

    /// <summary>The worker that serves the connection.</summary>
    internal string Node { get; set; } = "";

    /// <summary>When the Socket.IO handshake was complete.</summary>
    internal long ReadyAt { get; private set; }

    internal bool IsOpen => !_closed;

    /// <summary>Completes when the server has answered the CONNECT packet.</summary>
    internal Task Ready => _ready.Task;

    internal void Send(ReadOnlySpan<byte> frame)
    {
        if (_closed)
            return;
        if (_unsentLength == 0)
        {
            var sent = Libc.Send(Descriptor, frame);
            if (sent == frame.Length)
                return;
            if (sent < 0 && Libc.LastError != Libc.WouldBlock)
            {
                End($"send: error {Libc.LastError}");
                return;
            }
            frame = frame[(int)Math.Max(0, sent)..];
            _loop.Watch(this, writable: true);
        }
        Store(ref _unsent, ref _unsentLength, frame);
    }

    /// <summary>One acknowledged call outside the measurement; the answer's JSON.</summary>
    internal async Task<string> CallAsync(string json)
    {
        var call = _call = new TaskCompletionSource<string>();
        Send(ClientFrame.Text($"42{CallAckId}{json}"));
        if (await Task.WhenAny(call.Task, _loop.DelayAsync(CallSeconds)) != call.Task)
            throw new TimeoutException($"No answer to {json} within {CallSeconds} s.");
        return await call.Task;
    }

    internal void Close()
    {
        Send(CloseFrame);
        End(null);
    }

    internal void OnReady(uint what)
    {
        if (!_established)
        {
            if (Libc.PendingError(Descriptor) is var error and not 0)
            {
                End($"connect: error {error}");
                return;
            }
            _established = true;
            _loop.Watch(this, writable: false);
            Send(_request);
            _request = [];
            return;
        }
        if ((what & Libc.Writable) != 0)
            SendRest();
        if (!_closed && (what & ~Libc.Writable) != 0)
            Receive();
    }

    private void SendRest()
    {
        var sent = Libc.Send(Descriptor, _unsent.AsSpan(0, _unsentLength));
        if (sent <= 0)
            return;
        _unsent.AsSpan((int)sent, _unsentLength - (int)sent).CopyTo(_unsent);
        _unsentLength -= (int)sent;
        if (_unsentLength == 0)
            _loop.Watch(this, writable: false);
    }

    private void End(string? error)
    {
        if (_closed)
            return;
        _closed = true;
        _loop.Remove(this);
        _ = Libc.Close(Descriptor);
        var reason = new IOException(error ?? "closed");
        Later(() => _ready.TrySetException(reason));
        Later(() => _call?.TrySetException(reason));
        if (error is not null && ReadyAt != 0)
            _handler.OnLost(this);
    }

    // What awaits runs when nothing is being received.
    private void Later(Action work) => _loop.Post(static work => ((Action)work!)(), work);

    private static void Store(ref byte[] store, ref int length, ReadOnlySpan<byte> bytes)
    {
        if (store.Length < length + bytes.Length)
            Array.Resize(ref store, Math.Max(2 * store.Length, length + bytes.Length));
        bytes.CopyTo(store.AsSpan(length));
        length += bytes.Length;
    }
}
