using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>Acknowledgements one socket owes, by ack id. Made when the first is asked for. Thread-safe.</summary>
/// <param name="limit">Most that may be owed at once.</param>
/// <param name="guard">Keeps what one asker throws from the others.</param>
internal sealed class PendingAcks(int limit, Guard guard)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Action<PacketBody?>> _pending = [];
    private bool _closed;

    public int Count
    {
        get
        {
            lock (_gate)
                return _pending.Count;
        }
    }

    /// <summary>Remembers who wants the answer; null tells that the client left. False when too many are owed or the socket is gone.</summary>
    public bool TryAdd(long id, Action<PacketBody?> answered)
    {
        lock (_gate)
            return !_closed && _pending.Count < limit && _pending.TryAdd(id, answered);
    }

    public void Forget(long id)
    {
        lock (_gate)
            _pending.Remove(id);
    }

    /// <summary>An answer came; unknown ids and second answers are ignored.</summary>
    public void Complete(long id, PacketBody answer)
    {
        Action<PacketBody?>? answered;
        lock (_gate)
            _pending.Remove(id, out answered);
        if (answered is not null)
            guard.Run("ack", static it => it.answered(it.answer), (answered, answer));
    }

    public void Close()
    {
        Action<PacketBody?>[] lost;
        lock (_gate)
        {
            _closed = true;
            lost = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var answered in lost)
            guard.Run("ack", static answered => answered(null), answered);
    }
}

/// <summary>One ack id asked of many sockets of this worker, all answers going to one sink.</summary>
internal sealed class SharedAck(long id, List<Socket> asked) : IDisposable
{
    public void Dispose()
    {
        foreach (var socket in asked)
            socket.Acks.Forget(id);
    }

    public static Action<PacketBody?> For(IAckSink sink, string socketId) => answer =>
    {
        if (answer is null)
            sink.Lost(socketId);
        else
            sink.Answered(socketId, answer);
    };
}
