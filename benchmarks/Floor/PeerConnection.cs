using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Floor;

/// <summary>The connection to another worker: ready-made frames with the name of their room, questions and answers; one send per round.</summary>
internal sealed class PeerConnection(Worker worker, Socket socket) : Connection(socket)
{
    private const byte ForAll = 1, ForOthers = 2, Question = 3, Answer = 4;
    private const int HeadSize = 6;

    private byte[] _bytes = new byte[64 * 1024];
    private int _length;

    public void Broadcast(ReadOnlySpan<byte> room, ReadOnlySpan<byte> frame) => Append(ForAll, room, frame);

    public void Pass(ReadOnlySpan<byte> room, ReadOnlySpan<byte> frame) => Append(ForOthers, room, frame);

    public void Ask(int slot, int id) => AppendCall(Question, slot, id);

    public void Flush()
    {
        if (_length == 0)
            return;
        SendNow(_bytes.AsSpan(0, _length));
        _length = 0;
    }

    // Length of what follows the head (4), kind (1), length of the room's name (1), room, frame.
    protected override int Take(Span<byte> data)
    {
        var used = 0;
        while (data.Length - used >= HeadSize && BinaryPrimitives.ReadInt32LittleEndian(data[used..]) is var length && data.Length - used >= HeadSize + length)
        {
            var (kind, roomLength) = (data[used + 4], data[used + 5]);
            var body = data.Slice(used + HeadSize, length);
            used += HeadSize + length;
            OnMessage(kind, body[..roomLength], body[roomLength..]);
        }
        return used;
    }

    private void OnMessage(byte kind, ReadOnlySpan<byte> room, ReadOnlySpan<byte> body)
    {
        if (kind == ForAll)
            worker.Broadcast(Encoding.UTF8.GetString(room), body);
        else if (kind == ForOthers)
            worker.Pass(Encoding.UTF8.GetString(room), null, body);
        else if (kind == Question)
            AppendCall(Answer, BinaryPrimitives.ReadInt32LittleEndian(body), BinaryPrimitives.ReadInt32LittleEndian(body[4..]));
        else
            worker.ClientAt(BinaryPrimitives.ReadInt32LittleEndian(body))?.Answered(BinaryPrimitives.ReadInt32LittleEndian(body[4..]));
    }

    private void AppendCall(byte kind, int slot, int id)
    {
        Span<byte> call = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(call, slot);
        BinaryPrimitives.WriteInt32LittleEndian(call[4..], id);
        Append(kind, [], call);
    }

    private void Append(byte kind, ReadOnlySpan<byte> room, ReadOnlySpan<byte> body)
    {
        var size = HeadSize + room.Length + body.Length;
        if (_bytes.Length < _length + size)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + size));
        var target = _bytes.AsSpan(_length, size);
        BinaryPrimitives.WriteInt32LittleEndian(target, room.Length + body.Length);
        (target[4], target[5]) = (kind, (byte)room.Length);
        room.CopyTo(target[HeadSize..]);
        body.CopyTo(target[(HeadSize + room.Length)..]);
        _length += size;
    }
}
