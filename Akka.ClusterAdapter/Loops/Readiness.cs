using System.Net.Sockets;

namespace Akka.ClusterAdapter.Loops;

/// <summary>What a socket is waited for, and what came of it.</summary>
[Flags]
internal enum Readiness
{
    None = 0,
    Reads = 1,
    Writes = 2,

    /// <summary>Both have ended, or failed: told again and again, whatever it is waited for.</summary>
    Ended = 4,
}

/// <summary>A socket that one thread waits for together with all others.</summary>
internal interface IWaiting
{
    Socket Socket { get; }

    /// <summary>Names it among those that are waited for; the receiver sets it.</summary>
    long Id { get; set; }

    /// <summary>Something can be read or written, or the connection has ended, which a read or write then says. Only the receiving thread calls it.</summary>
    void OnReady(Readiness ready);

    /// <summary>Nobody waits for it any more: the receiving thread ends, or this one has thrown.</summary>
    void OnLost();
}

/// <summary>One thread that waits for all sockets of a transport. What concerns one socket is called one after the other.</summary>
internal interface IReceiver
{
    /// <summary>The receiving thread's own room to read into.</summary>
    byte[] Buffer { get; }

    /// <summary>What its thread runs besides; null when it only receives.</summary>
    LoopWork? Work => null;

    void Start();

    /// <summary>Begins to wait for a socket.</summary>
    void Add(IWaiting waiting, Readiness wanted);

    /// <summary>Waits for something else than before; for nothing, if need be.</summary>
    void Change(IWaiting waiting, Readiness wanted);

    /// <summary>Must come before the socket is disposed of. Harmless when repeated.</summary>
    void Remove(IWaiting waiting);

    /// <summary>Nobody is waited for any more, or soon.</summary>
    bool IsStopping { get; }

    /// <summary>Ends the thread; the task ends with it.</summary>
    Task StopAsync();
}
