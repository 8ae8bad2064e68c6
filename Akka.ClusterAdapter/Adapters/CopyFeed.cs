using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// How far the copy of a log is that another worker keeps, and what was recorded since: clients are told that with each event, so that the copy tells
/// what they have seen although it has not come so far. Used under the lock of its store.
/// </summary>
/// <param name="next">Position of the first packet that is to be copied.</param>
internal sealed class CopyFeed(long next)
{
    private readonly Dictionary<long, int> _indices = [];
    private readonly List<(int Index, int Count)> _steps = [];
    private bool _isTold;

    /// <summary>Position of the next packet to copy.</summary>
    public long Next { get; private set; } = next;

    /// <summary>True until the first part of the log was given out.</summary>
    public bool Begins { get; private set; } = true;

    /// <summary>A packet is about to be recorded.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="isNext">False when something is missing in front of it: then how many is no longer how far.</param>
    public void Add(LogPlace place, bool isNext)
    {
        _isTold &= isNext || place.IsNone;
        var index = IndexOf(place);
        for (var i = 0; i < _steps.Count; i++)
        {
            if (_steps[i].Index != index)
                continue;
            _steps[i] = (index, _steps[i].Count + 1);
            return;
        }

        _steps.Add((index, 1));
    }

    /// <summary>Something is missing in front of the next one: how many is no longer how far.</summary>
    public void NoteHole() => _isTold = false;

    /// <summary>The offset of the packet that was just added.</summary>
    public string Tell(string offset) => _isTold ? LogOffset.With(offset, CollectionsMarshal.AsSpan(_steps)) : offset;

    /// <summary>The first part is about to be given out: of what is in the log now.</summary>
    public void Begin(RecordedPackets packets)
    {
        _indices.Clear();
        _steps.Clear();
        for (var at = packets.First; at <= packets.Last; at++)
            IndexOf(packets[at].Place);
        Next = packets.First;
    }

    /// <summary>Everything in front of this position was given out.</summary>
    public void GiveOut(long next) => (Next, Begins) = (next, false);

    /// <summary>The other worker has everything up to this position.</summary>
    public void Acknowledge(long position, RecordedPackets packets)
    {
        _steps.Clear();
        _isTold = position >= packets.First - 1 && packets.LastHole <= position;
        for (var at = position + 1; _isTold && at <= packets.Last; at++)
            Add(packets[at].Place, isNext: true);
    }

    // In the order in which they come first, which the other worker counts as well; 0 is what is in this log only.
    private int IndexOf(LogPlace place)
    {
        if (place.IsNone)
            return 0;
        ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_indices, place.Life, out var isKnown);
        if (!isKnown)
            index = _indices.Count;
        return index;
    }
}

/// <summary>A part of a log on its way to the worker that keeps a copy.</summary>
/// <param name="Begins">True for the first one: what was copied before is of no use.</param>
/// <param name="Epoch">Which log.</param>
/// <param name="Kept">Position of the oldest packet that the log still has.</param>
/// <param name="First">Position of the first place of this part.</param>
/// <param name="Before">How far the log was in front of it; of the first part only.</param>
/// <param name="Age">How long ago the log began.</param>
/// <param name="LastLoss">Position behind which nothing was lost, and nothing came that has no place: who is not so far begins anew.</param>
/// <param name="Places">What was recorded.</param>
/// <param name="Locals">Those of it that are in that log only: position and rooms, none for everybody.</param>
internal sealed record CopiedLog(
    bool Begins, string Epoch, long Kept, long First, LogVector Before, TimeSpan Age,
    long LastLoss, LogPlace[] Places, (long Position, string[] Rooms)[] Locals)
{
    /// <summary>Position of the last place.</summary>
    public long Last => First + Places.Length - 1;

    /// <summary>True when the log had no more.</summary>
    public bool IsLast { get; init; }
}
