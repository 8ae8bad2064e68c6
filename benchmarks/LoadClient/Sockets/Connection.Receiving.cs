using System.Buffers.Text;
using System.Text;

namespace LoadClient.Sockets;

/// <summary>
/// What arrives: the upgrade's answer, frames, the packets in them. Messages are looked at where they were received, large ones piece by piece.
/// </summary>
internal sealed partial class Connection
{
    /// <summary>The acknowledgement id of <see cref="CallAsync"/>; the measured calls use others.</summary>
    private const int CallAckId = 7;

    // A message up to this size is kept until it is complete, a larger one is checked as it comes.
    private const int KeepLimit = 4096;

    private byte[] _rest = [];
    private int _restLength;
    private byte[] _fragments = [];
    private int _fragmentsLength;
    private int _fragmentsOpcode;
    private PayloadCheck _streamed;
    private int _streamedLeft;
    private bool _upgraded;
    private bool _attachmentFollows;

    private void Receive()
    {
        var buffer = _loop.Buffer;
        if (_restLength > buffer.Length - EventLoop.ReceiveSize)
        {
            End("a fragment larger than the client can keep");
            return;
        }
        _rest.AsSpan(0, _restLength).CopyTo(buffer);
        var received = Read(buffer, _restLength);
        if (received <= 0)
        {
            if (received == 0 || Libc.LastError != Libc.WouldBlock)
                End(received == 0 ? "closed by the server" : $"recv: error {Libc.LastError}");
            return;
        }
        var data = buffer.AsSpan(0, _restLength + received);
        _restLength = 0;
        Parse(data, Clock.Now);
    }

    private unsafe int Read(byte[] buffer, int offset)
    {
        fixed (byte* start = buffer)
            return (int)Libc.Receive(Descriptor, start + offset, EventLoop.ReceiveSize, 0);
    }

    private void Parse(ReadOnlySpan<byte> data, long now)
    {
        if (!_upgraded && !TakeUpgrade(ref data))
            return;
        if (_streamedLeft > 0)
            ContinueStream(ref data, now);
        while (FrameHead.TryRead(data, out var head))
        {
            var body = data[head.Size..];
            if (body.Length < head.Length)
            {
                if (body.Length >= KeepLimit && TryStartStream(head, body))
                    return;
                break;
            }
            OnFrame(head, body[..head.Length], now);
            if (_closed)
                return;
            data = body[head.Length..];
        }
        Store(ref _rest, ref _restLength, data);
    }

    private bool TakeUpgrade(ref ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            Store(ref _rest, ref _restLength, data);
            return false;
        }
        if (!data.StartsWith("HTTP/1.1 101"u8))
        {
            End(Encoding.Latin1.GetString(data[..Math.Min(60, end)]));
            return false;
        }
        _upgraded = true;
        data = data[(end + 4)..];
        return true;
    }

    private bool TryStartStream(in FrameHead head, ReadOnlySpan<byte> body)
    {
        var isEvent = head.Opcode == FrameHead.Text ? body.StartsWith("42"u8) : _attachmentFollows;
        if (!head.IsWholeMessage || !isEvent)
            return false;
        _attachmentFollows = false;
        _streamed = new PayloadCheck(body, head.Opcode == FrameHead.Text, _handler.PayloadSize);
        _streamedLeft = head.Length - body.Length;
        return true;
    }

    private void ContinueStream(ref ReadOnlySpan<byte> data, long now)
    {
        var part = data[..Math.Min(_streamedLeft, data.Length)];
        data = data[part.Length..];
        _streamed.Continue(part);
        _streamedLeft -= part.Length;
        if (_streamedLeft == 0)
            _handler.OnEvent(this, _streamed, now);
    }

    private void OnFrame(in FrameHead head, ReadOnlySpan<byte> body, long now)
    {
        if (head.IsWholeMessage)
            OnMessage(head.Opcode, body, now);
        else if (head.Opcode <= FrameHead.Binary)
            OnFragment(head, body, now);
        else if (head.Opcode == FrameHead.Ping)
            Send(ClientFrame.Control(FrameHead.Pong, body));
        else if (head.Opcode == FrameHead.Close)
            End("closed by the server");
    }

    private void OnFragment(in FrameHead head, ReadOnlySpan<byte> body, long now)
    {
        if (head.Opcode != FrameHead.Continuation)
            (_fragmentsOpcode, _fragmentsLength) = (head.Opcode, 0);
        Store(ref _fragments, ref _fragmentsLength, body);
        if (head.IsFinal)
            OnMessage(_fragmentsOpcode, _fragments.AsSpan(0, _fragmentsLength), now);
    }

    private void OnMessage(int opcode, ReadOnlySpan<byte> message, long now)
    {
        if (opcode == FrameHead.Binary)
        {
            if (_attachmentFollows)
                _handler.OnEvent(this, new PayloadCheck(message, text: false, _handler.PayloadSize), now);
            _attachmentFollows = false;
        }
        else if (message.StartsWith("42"u8))
            _handler.OnEvent(this, new PayloadCheck(message, text: true, _handler.PayloadSize), now);
        else if (message.StartsWith("43"u8))
            OnAck(message[2..], now);
        else if (message.StartsWith("45"u8))
            _attachmentFollows = true;
        else
            OnControl(message, now);
    }

    private void OnAck(ReadOnlySpan<byte> text, long now)
    {
        _ = Utf8Parser.TryParse(text, out int id, out var used);
        if (id != CallAckId)
            _handler.OnAck(this, text[used..], now);
        else
        {
            var json = Encoding.UTF8.GetString(text[used..]);
            Later(() => _call?.TrySetResult(json));
        }
    }

    private void OnControl(ReadOnlySpan<byte> message, long now)
    {
        if (message.StartsWith("40"u8))
        {
            ReadyAt = now;
            Later(() => _ready.TrySetResult());
        }
        else if (message.StartsWith("0"u8))
            Send(ConnectPacket);
        else if (message.StartsWith("2"u8))
            Send(Pong);
        else if (message.StartsWith("1"u8) || message.StartsWith("41"u8) || message.StartsWith("44"u8))
            End($"ended by the server: {Encoding.UTF8.GetString(message)}");
    }
}
