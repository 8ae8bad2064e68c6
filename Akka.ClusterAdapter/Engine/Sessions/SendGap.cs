using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>A pause on the wire behind a message that is to be read alone (docs/decisions/0007). The session's lock guards it.</summary>
internal sealed class SendGap
{
    private readonly DeadlineQueue _deadlines;
    private readonly Deadline _end;
    private int _behind;
    private bool _isNew;
    private TimeSpan _length;
    private long _until;

    /// <param name="outbound">What it belongs to.</param>
    /// <param name="deadlines">Those of the wire: a client reads in real time.</param>
    public SendGap(Outbound outbound, DeadlineQueue deadlines)
    {
        _deadlines = deadlines;
        _end = deadlines.Create(nameof(SendGap), static outbound => outbound.EndGap(), outbound);
    }

    /// <summary>Nothing leaves now.</summary>
    public bool IsOn { get; private set; }

    /// <summary>It begins with the next write.</summary>
    public bool IsWanted => _behind > 0;

    /// <summary>It is to begin behind so many messages of the queue. Without effect while one is wanted already, or there.</summary>
    public void Want(int behind, TimeSpan length)
    {
        // A write that has not ended yet must not keep the message back until the gap is over: it and what follows it would leave together.
        if (!IsOn && _behind == 0)
            (_behind, _length) = (behind, length);
    }

    /// <summary>The messages before it are being written. How many these are.</summary>
    public int Begin()
    {
        var behind = _behind;
        _behind = 0;
        IsOn = _isNew = true;
        return behind;
    }

    /// <summary>The messages before it were written, if they were: from here on it is counted.</summary>
    public void Written()
    {
        if (!_isNew)
            return;
        _isNew = false;
        _until = _deadlines.After(_length);
        _end.SetAt(_until);
    }

    /// <summary>Ends it, whatever is left of it.</summary>
    public void End() => IsOn = false;

    /// <summary>Its time has come; false when that was the time of an earlier one.</summary>
    public bool TryEnd()
    {
        if (_isNew || _deadlines.Now < _until)
            return false;
        IsOn = false;
        return true;
    }

    /// <summary>The session is over.</summary>
    public void Stop() => _end.End();
}
