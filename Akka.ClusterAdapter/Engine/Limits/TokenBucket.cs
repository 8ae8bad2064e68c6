namespace Akka.ClusterAdapter.Engine.Limits;

/// <summary>Lets so much pass each second, and as much as a burst at once. Not for several threads at a time.</summary>
internal sealed class TokenBucket
{
    private readonly double _perSecond;
    private readonly double _burst;
    private readonly TimeProvider _time;
    private double _tokens;
    private long _at;

    public TokenBucket(double perSecond, double burst, TimeProvider time)
    {
        _perSecond = perSecond;
        _burst = burst;
        _time = time;
        _tokens = burst;
        _at = time.GetTimestamp();
    }

    /// <summary>Whether all that was taken has come back, so that a new bucket would be no different.</summary>
    public bool IsFull => Refill() >= _burst;

    /// <summary>Takes one token if there is one.</summary>
    public bool TryTake()
    {
        if (Refill() < 1)
            return false;
        _tokens--;
        return true;
    }

    /// <summary>Takes tokens, whether they are there or not. How long it takes until none is owed any more.</summary>
    public TimeSpan Spend(double amount)
    {
        Refill();
        _tokens -= amount;
        return Owed;
    }

    private TimeSpan Owed => _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / _perSecond);

    private double Refill()
    {
        var now = _time.GetTimestamp();
        _tokens = Math.Min(_burst, _tokens + (_time.GetElapsedTime(_at, now).TotalSeconds * _perSecond));
        _at = now;
        return _tokens;
    }
}
