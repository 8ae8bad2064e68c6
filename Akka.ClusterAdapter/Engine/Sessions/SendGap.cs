namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>A pause on the wire behind a message that is to be read alone (docs/decisions/0007). The session's lock guards it.</summary>
internal sealed class SendGap
{
    private int _behind;
    private bool _isNew;

    /// <summary>Nothing leaves now.</summary>
    public bool IsOn { get; private set; }

    /// <summary>It begins with the next write.</summary>
    public bool IsWanted => _behind > 0;

    /// <summary>Counts the gaps: the end of an earlier one must not end this one.</summary>
    public int Number { get; private set; }

    /// <summary>It is to begin behind so many messages of the queue. Without effect while one is wanted already, or there.</summary>
    public void Want(int behind)
    {
        // A write that has not ended yet must not keep the message back until the gap is over: it and what follows it would leave together.
        if (!IsOn && _behind == 0)
            _behind = behind;
    }

    /// <summary>The messages before it are being written. How many these are.</summary>
    public int Begin()
    {
        var behind = _behind;
        _behind = 0;
        IsOn = _isNew = true;
        Number++;
        return behind;
    }

    /// <summary>The messages before it were written: true once, from when on it is counted.</summary>
    public bool TryTake()
    {
        var isNew = _isNew;
        _isNew = false;
        return isNew;
    }

    public void End() => IsOn = false;

    /// <summary>Ends it, unless it is a later one.</summary>
    public bool TryEnd(int number)
    {
        if (number != Number)
            return false;
        IsOn = false;
        return true;
    }
}
