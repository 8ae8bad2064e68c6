using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Loops;

/// <summary>Waits with what every system has. Each wait looks at all sockets, and another thread that changes something must wake this one.</summary>
internal sealed class SelectReceiver : Receiver, IDisposable
{
    private readonly ConcurrentDictionary<long, Readiness> _wanted = new();
    private readonly Dictionary<Socket, IWaiting> _sockets = [];
    private readonly List<Socket> _reads = [];
    private readonly List<Socket> _writes = [];
    private readonly List<Socket> _errors = [];
    private readonly Socket _wake = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _one = [1];
    private int _thread;

    public SelectReceiver(Guard guard)
        : base(guard)
    {
        // It hears itself and nobody else.
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wake.Connect(_wake.LocalEndPoint!);
        _wake.Blocking = false;
    }

    public override void Change(IWaiting waiting, Readiness wanted)
    {
        _wanted[waiting.Id] = wanted;
        WakeFromElsewhere();
    }

    /// <summary>The thread does it when it ends.</summary>
    public void Dispose() => _wake.Dispose();

    protected override void Begin(IWaiting waiting, Readiness wanted) => Change(waiting, wanted);

    protected override void End(IWaiting waiting)
    {
        _wanted.TryRemove(waiting.Id, out _);
        WakeFromElsewhere();
    }

    protected override void Wake()
    {
        try
        {
            // When its buffer is full it is awake.
            _ = _wake.Send(_one, SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            // So is a thread that has ended.
        }
    }

    protected override void Turn()
    {
        _thread = Environment.CurrentManagedThreadId;
        Collect();
        try
        {
            Socket.Select(_reads, _writes, _errors, Timeout.Infinite);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.NotSocket })
        {
            // One of them was closed meanwhile; it is not among the next.
            return;
        }

        if (_reads.Remove(_wake))
            Listen();
        foreach (var (socket, waiting) in _sockets)
        {
            var failed = _errors.Contains(socket);
            var ready = (failed || _reads.Contains(socket) ? Readiness.Reads : 0) | (failed || _writes.Contains(socket) ? Readiness.Writes : 0);
            if (ready != Readiness.None && All.ContainsKey(waiting.Id))
                Tell(waiting, ready);
        }
    }

    protected override void Free() => Dispose();

    private void Collect()
    {
        _sockets.Clear();
        _reads.Clear();
        _writes.Clear();
        _errors.Clear();
        _reads.Add(_wake);
        foreach (var waiting in All.Values)
        {
            if (!_wanted.TryGetValue(waiting.Id, out var wanted) || wanted == Readiness.None)
                continue;
            _sockets[waiting.Socket] = waiting;
            if ((wanted & Readiness.Reads) != 0)
                _reads.Add(waiting.Socket);
            if ((wanted & Readiness.Writes) == 0)
                continue;
            _writes.Add(waiting.Socket);
            // Windows tells there of a connection that was refused.
            _errors.Add(waiting.Socket);
        }
    }

    private void Listen()
    {
        Span<byte> signals = stackalloc byte[16];
        SocketError error;
        do
        {
            _ = _wake.Receive(signals, SocketFlags.None, out error);
        }
        while (error == SocketError.Success);
    }

    private void WakeFromElsewhere()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            Wake();
    }
}
