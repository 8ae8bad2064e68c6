using Akka.Actor;

namespace Akka.ClusterAdapter.Clustering.Timers;

/// <summary>Something to be done at a time of the scheduler's clock, once or again and again.</summary>
/// <param name="action">What.</param>
/// <param name="interval">How long from one time to the next; zero for once.</param>
/// <param name="cancelable">Calls it off. May be null.</param>
internal sealed class TimerTask(Action action, TimeSpan interval, ICancelable? cancelable)
{
    /// <summary>A quarter of the second in which the cluster's members tell each other that they are alive.</summary>
    public static TimeSpan Beat { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>When it is to be done next.</summary>
    public TimeSpan Due { get; set; }

    public bool Repeats => interval > TimeSpan.Zero;

    /// <summary>Whether it was called off. One that cannot say it is no longer done: whoever asks has others waiting.</summary>
    public bool IsCancelled
    {
        get
        {
            try
            {
                return cancelable?.IsCancellationRequested ?? false;
            }
            catch (Exception)
            {
                return true;
            }
        }
    }

    public void Run() => action();

    /// <summary>
    /// Sets it for its next time: as long after the last as it should be, or after now, when that has passed unnoticed. What comes every so many beats comes on
    /// a beat, so that all of these wake the process together; for that it is late once, by less than a beat.
    /// </summary>
    public void Advance(TimeSpan now)
    {
        var next = TimerTable.Later(Due, interval);
        if (next <= now)
            next = TimerTable.Later(now, interval);
        var over = next.Ticks % Beat.Ticks;
        Due = over > 0 && interval.Ticks % Beat.Ticks == 0 ? TimerTable.Later(next, Beat - new TimeSpan(over)) : next;
    }
}
