using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using LoadClient.Sockets;

namespace Floor;

/// <summary>
/// A client over a WebSocket: its events are found by their first bytes, without a JSON reader, and answered with frames put together by hand.
/// </summary>
internal sealed class ClientConnection(Worker worker, Socket socket) : Connection(socket)
{
    private const int LargestHead = 10;

    private byte[] _frame = new byte[2048];
    private bool _upgraded;
    private int _answers;

    public List<Room> Rooms { get; } = [];

    public void Send(ReadOnlySpan<byte> frame) => SendNow(frame);

    /// <summary>Sends an acknowledgement with one argument in JSON.</summary>
    public void Acknowledge(int id, ReadOnlySpan<byte> json) => Send(Frame(Encoding.ASCII.GetBytes($"43{id}["), json, "]"u8));

    /// <summary>Another worker has answered the question under way; the load client has one at a time.</summary>
    public void Answered(int id)
    {
        if (++_answers == worker.Peers.Count)
            Acknowledge(id, Encoding.ASCII.GetBytes($"{_answers}"));
    }

    protected override int Take(Span<byte> data)
    {
        if (!_upgraded)
            return TakeUpgrade(data);
        var used = 0;
        while (FrameHead.TryRead(data[used..], out var head) && data.Length - used >= head.Size + 4 + head.Length)
        {
            var mask = data.Slice(used + head.Size, 4);
            var body = data.Slice(used + head.Size + 4, head.Length);
            Unmask(body, mask);
            used += head.Size + 4 + head.Length;
            if (head.Opcode == FrameHead.Text)
                OnMessage(body);
            else if (head.Opcode == FrameHead.Close)
                Close();
            else
                throw new NotSupportedException("Only the rows with text are answered here.");
        }
        return used;
    }

    protected override void Close()
    {
        worker.Remove(this);
        base.Close();
    }

    private static void Unmask(Span<byte> body, ReadOnlySpan<byte> mask)
    {
        var word = MemoryMarshal.Read<uint>(mask);
        var words = MemoryMarshal.Cast<byte, ulong>(body);
        var both = ((ulong)word << 32) | word;
        foreach (ref var eight in words)
            eight ^= both;
        for (var i = words.Length * sizeof(ulong); i < body.Length; i++)
            body[i] ^= mask[i & 3];
    }

    private int TakeUpgrade(ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return 0;
        var key = data[(data.IndexOf("Sec-WebSocket-Key: "u8) + 19)..];
#pragma warning disable CA5350 // RFC 6455 wants it.
        var accept = Convert.ToBase64String(SHA1.HashData([.. key[..key.IndexOf("\r\n"u8)], .. "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8]));
#pragma warning restore CA5350
        Send(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"));
        Send(Frame("0{\"sid\":\"floor\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}"u8, default, default));
        _upgraded = true;
        return end + 4;
    }

    // 42["name","text",...] or 42<id>["name","text"], or 40.
    private void OnMessage(ReadOnlySpan<byte> message)
    {
        if (message.StartsWith("40"u8))
        {
            Send(Frame("40{\"sid\":\"floor\"}"u8, default, default));
            return;
        }
        var array = message[2..];
        if (Utf8Parser.TryParse(array, out int id, out var digits))
            array = array[digits..];
        var name = array[2..(2 + array[2..].IndexOf((byte)'"'))];
        // From the comma behind the name to the closing bracket.
        var arguments = array[(name.Length + 3)..^1];
        if (name.SequenceEqual("echo"u8))
            Acknowledge(id, arguments[1..]);
        else if (name.SequenceEqual("broadcast"u8))
            Broadcast(arguments);
        else if (name.SequenceEqual("p2p"u8))
            Pass(arguments);
        else if (name.SequenceEqual("sse"u8))
            AskPeers(id);
        else if (name.SequenceEqual("join"u8))
            Join(id, Encoding.UTF8.GetString(arguments[2..^1]));
        else if (name.SequenceEqual("whoami"u8))
            Acknowledge(id, Encoding.ASCII.GetBytes($"\"{worker.Name}\""));
        else
            throw new NotSupportedException(Encoding.UTF8.GetString(name));
    }

    private void Join(int id, string name)
    {
        var room = worker.RoomOf(name);
        room.Members.Add(this);
        Rooms.Add(room);
        Acknowledge(id, "\"ok\""u8);
    }

    private void Broadcast(ReadOnlySpan<byte> arguments)
    {
        var room = RoomIn(arguments);
        var frame = Frame("42[\"b\""u8, arguments[(room.Length + 3)..], "]"u8);
        foreach (var peer in worker.Peers)
            peer.Broadcast(room, frame);
        worker.Broadcast(Encoding.UTF8.GetString(room), frame);
    }

    private void Pass(ReadOnlySpan<byte> arguments)
    {
        var room = RoomIn(arguments);
        var frame = Frame("42[\"m\""u8, arguments[(room.Length + 3)..], "]"u8);
        foreach (var peer in worker.Peers)
            peer.Pass(room, frame);
        worker.Pass(Encoding.UTF8.GetString(room), this, frame);
    }

    private void AskPeers(int id)
    {
        _answers = 0;
        foreach (var peer in worker.Peers)
            peer.Ask(Slot, id);
        if (worker.Peers.Count == 0)
            Acknowledge(id, "0"u8);
    }

    // The first argument, behind its comma and quotation mark.
    private static ReadOnlySpan<byte> RoomIn(ReadOnlySpan<byte> arguments) => arguments[2..(2 + arguments[2..].IndexOf((byte)'"'))];

    private ReadOnlySpan<byte> Frame(ReadOnlySpan<byte> start, ReadOnlySpan<byte> middle, ReadOnlySpan<byte> end)
    {
        var length = start.Length + middle.Length + end.Length;
        if (_frame.Length < length + LargestHead)
            _frame = new byte[length + LargestHead];
        var frame = _frame.AsSpan();
        frame[0] = 0x80 | FrameHead.Text;
        var head = length < 126 ? 2 : length <= ushort.MaxValue ? 4 : LargestHead;
        frame[1] = head == 2 ? (byte)length : head == 4 ? (byte)126 : (byte)127;
        if (head == 4)
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)length);
        else if (head == LargestHead)
            BinaryPrimitives.WriteInt64BigEndian(frame[2..], length);
        start.CopyTo(frame[head..]);
        middle.CopyTo(frame[(head + start.Length)..]);
        end.CopyTo(frame[(head + start.Length + middle.Length)..]);
        return frame[..(head + length)];
    }
}
