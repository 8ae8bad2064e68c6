using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Loops;

/// <summary>Wakes one thread after a while, unless it is put off or taken back before; neither wakes anybody.</summary>
internal interface IAlarm : IDisposable
{
    /// <summary>It goes off once, its time from now on.</summary>
    void Set();

    /// <summary>It does not go off.</summary>
    void Clear();

    /// <summary>Waits until it goes off; false when it never will again.</summary>
    bool Wait();

    /// <summary>Whoever waits goes on, and nobody waits again.</summary>
    void End();
}

/// <summary>Linux's timer that is a descriptor: to set it and to take it back is one short call each, and the process sleeps on.</summary>
internal sealed class KernelAlarm : IAlarm
{
    private const int Monotonic = 1;
    private const long Nanoseconds = 1_000_000_000;

    private readonly TimeSpan _time;
    private readonly int _timer;
    private volatile bool _isOver;

    /// <exception cref="Win32Exception">The system does not give one.</exception>
    public KernelAlarm(TimeSpan time)
    {
        _time = time;
        _timer = Libc.CreateTimer(Monotonic, Libc.CloseOnExec);
        if (_timer < 0)
            throw new Win32Exception();
    }

    public void Set() => Set(_time.Ticks * (Nanoseconds / TimeSpan.TicksPerSecond));

    public void Clear() => Set(0);

    public bool Wait()
    {
        while (!_isOver)
        {
            var count = 0L;
            if (Libc.Read(_timer, ref count, sizeof(long)) >= 0)
                return !_isOver;
            if (Marshal.GetLastPInvokeError() != Libc.Interrupted)
                throw new Win32Exception();
        }

        return false;
    }

    public void End()
    {
        _isOver = true;
        Set(1);
    }

    public void Dispose() => _ = Libc.Close(_timer);

    private void Set(long nanoseconds)
    {
        // Not again and again; and then seconds and nanoseconds until it goes off.
        Span<long> times = [0, 0, nanoseconds / Nanoseconds, nanoseconds % Nanoseconds];
        _ = Libc.SetTimer(_timer, 0, ref times[0], 0);
    }
}
