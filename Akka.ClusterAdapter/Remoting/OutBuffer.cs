namespace Akka.ClusterAdapter.Remoting;

/// <summary>Bytes that the kernel has not taken yet, in one piece.</summary>
internal sealed class OutBuffer
{
    private const int Smallest = 4 * 1024;

    /// <summary>More than this is given back as soon as it is empty.</summary>
    private const int MostKept = 256 * 1024;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public int Count => _end - _start;

    public ReadOnlySpan<byte> Pending => _bytes.AsSpan(_start, Count);

    /// <summary>Room for so many more bytes, which are pending from now on.</summary>
    public Span<byte> Add(int count)
    {
        if (count > _bytes.Length - _end)
            MakeRoom(count);
        var room = _bytes.AsSpan(_end, count);
        _end += count;
        return room;
    }

    /// <summary>The first ones are gone.</summary>
    public void Take(int count)
    {
        _start += count;
        if (_start == _end)
            Clear();
    }

    public void Clear()
    {
        _start = _end = 0;
        if (_bytes.Length > MostKept)
            _bytes = [];
    }

    private void MakeRoom(int count)
    {
        var used = Count;
        // Moved to the front only when that makes at least as much room as is moved: what waits long is not moved with each message.
        var isMoved = _start >= used && used + count <= _bytes.Length;
        var to = isMoved ? _bytes : new byte[Math.Max(Math.Max(Smallest, used + count), (int)Math.Min(2L * used, Array.MaxLength))];
        Buffer.BlockCopy(_bytes, _start, to, 0, used);
        (_bytes, _start, _end) = (to, 0, used);
    }
}
