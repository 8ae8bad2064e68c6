namespace Floor;

/// <summary>The sockets of one worker in a room, and what they all get when the round ends.</summary>
internal sealed class Room
{
    private byte[] _bytes = [];
    private int _length;

    public List<ClientConnection> Members { get; } = [];

    public void Append(ReadOnlySpan<byte> frame)
    {
        if (_bytes.Length < _length + frame.Length)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + frame.Length));
        frame.CopyTo(_bytes.AsSpan(_length));
        _length += frame.Length;
    }

    public void Flush()
    {
        foreach (var member in Members)
            member.Send(_bytes.AsSpan(0, _length));
        _length = 0;
    }
}
