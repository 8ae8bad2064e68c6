namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>What of a batch's frames has not been written yet. They are shared: nobody may write to what it gives away.</summary>
internal struct UnwrittenFrames(List<OutboundPacket> batch)
{
    private int _index;
    private int _offset;

    public readonly bool IsEmpty => _index == batch.Count;

    /// <summary>The beginning, of one frame at most.</summary>
    public readonly ArraySegment<byte> First(int most)
    {
        var frame = batch[_index].Message.FrameBytes[_offset..];
        return frame.Count > most ? frame[..most] : frame;
    }

    /// <summary>Adds the frames from here on, as many as there is room for.</summary>
    /// <returns>Their bytes.</returns>
    public readonly int AddTo(List<ArraySegment<byte>> buffers, int mostBuffers, int mostBytes)
    {
        var rest = this;
        var bytes = 0;
        while (!rest.IsEmpty && buffers.Count < mostBuffers && bytes < mostBytes)
        {
            var part = rest.First(mostBytes - bytes);
            buffers.Add(part);
            bytes += part.Count;
            rest.Skip(part.Count);
        }

        return bytes;
    }

    public void Skip(int bytes)
    {
        while (bytes > 0)
        {
            var left = batch[_index].Message.FrameBytes.Count - _offset;
            if (bytes < left)
            {
                _offset += bytes;
                return;
            }

            bytes -= left;
            _index++;
            _offset = 0;
        }
    }
}
