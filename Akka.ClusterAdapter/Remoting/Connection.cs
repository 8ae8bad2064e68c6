using System.Net;
using System.Net.Sockets;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.Remote.Transport;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>Who reads from a connection and hears of its end.</summary>
internal interface IConnectionReader
{
    /// <summary>There is something to read, or an end to be found. On the receiving thread.</summary>
    void OnReadable();

    /// <summary>The connection is closed; told once, outside of locks, on any thread.</summary>
    void OnClosed(DisassociateInfo why);
}

/// <summary>What connections of one transport share.</summary>
internal sealed record ConnectionHome(IReceiver Receiver, Guard Guard, TimeProvider Time, int MostPending, TimeSpan FlushWait);

/// <summary>
/// One TCP connection. What is written leaves at once on the caller's thread; what the kernel does not take waits here, up to a bound, and goes on when the
/// receiving thread sees room. Closing lets out what waits, tells the other side, and waits for its end for a moment, so that nothing is lost to a reset.
/// </summary>
internal sealed class Connection : IWaiting, IPutOff
{
    /// <summary>So much is not put off: it would not leave as one send anyway.</summary>
    private const int MostPutOff = 64 * 1024;

    private readonly ConnectionHome _home;
    private readonly Lock _gate = new();
    private readonly OutBuffer _out = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IConnectionReader? _reader;
    private Readiness _wanted;
    private bool _isAdded;
    private bool _isHeld;
    private bool _isPutOff;
    private bool _isBlocked;
    private bool _isBroken;
    private bool _isReset;
    private bool _isClosing;
    private bool _isClosed;
    private ITimer? _deadline;

    public Connection(Socket socket, ConnectionHome home)
    {
        Socket = socket;
        _home = home;
        Remote = socket.RemoteEndPoint as IPEndPoint ?? new IPEndPoint(IPAddress.Any, 0);
        Local = socket.LocalEndPoint as IPEndPoint ?? Remote;
    }

    public Socket Socket { get; }

    public long Id { get; set; }

    public IPEndPoint Remote { get; }

    public IPEndPoint Local { get; }

    /// <summary>Ends when the connection is closed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>What is written while it is held stays in order; also with what goes through a stream.</summary>
    public Lock Gate => _gate;

    /// <summary>True while what is written may still arrive.</summary>
    public bool IsOpen => !_isClosing && !_isClosed;

    /// <summary>True when this side has begun to close.</summary>
    public bool IsLeaving => _isClosing;

    /// <summary>True when something waits for the kernel, or for the other side's end.</summary>
    public bool IsFlushing
    {
        get
        {
            lock (_gate)
                return !_isClosed && (_isClosing || _out.Count > 0);
        }
    }

    /// <summary>Whether so many more bytes may wait. With the gate.</summary>
    public bool HasRoom(int count) => _out.Count == 0 || _out.Count + (long)count <= _home.MostPending;

    /// <summary>Room for bytes that leave with the next <see cref="Flush"/>. With the gate.</summary>
    public Span<byte> Add(int count) => _out.Add(count);

    /// <summary>While it is true, <see cref="Flush"/> only collects. With the gate.</summary>
    public bool IsHeld
    {
        set => _isHeld = value;
    }

    /// <summary>Sends what the kernel takes; on the receiving thread when what it runs is done. With the gate.</summary>
    public void Flush()
    {
        if (_isHeld || _isBlocked || _isClosed)
            return;
        if (_out.Count < MostPutOff && (_isPutOff || (_isPutOff = _home.Receiver.Work?.TryPutOff(this) == true)))
            return;
        SendNow();
    }

    void IPutOff.Leave()
    {
        lock (_gate)
        {
            _isPutOff = false;
            if (!_isBlocked && !_isClosed)
                SendNow();
        }
    }

    /// <summary>Who reads, and hears of the end.</summary>
    public IConnectionReader? Reader
    {
        set => _reader = value;
    }

    /// <summary>Begins or goes on to read. The reader is told on the receiving thread.</summary>
    public void Read()
    {
        lock (_gate)
        {
            if (!_isClosed)
                Want(_wanted | Readiness.Reads);
        }
    }

    /// <summary>Reads no more for now: what comes stays with the kernel, which slows the other side down.</summary>
    public void Pause()
    {
        lock (_gate)
        {
            if (!_isClosed && !_isClosing)
                Want(_wanted & ~Readiness.Reads);
        }
    }

    /// <summary>Reads what is there; 0 when that is nothing, or the end, in which case it is closed. On the receiving thread.</summary>
    public int Receive(Span<byte> room)
    {
        try
        {
            var count = Socket.Receive(room, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock or SocketError.Interrupted)
                return 0;
            if (error == SocketError.Success && count > 0)
                return count;
            // Remoting takes a reset as a planned end, as DotNetty's transport reports it.
            var isReset = _isReset || error is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.OperationAborted;
            Close(isReset ? DisassociateInfo.Shutdown : DisassociateInfo.Unknown);
        }
        catch (ObjectDisposedException)
        {
            // Closed by another thread meanwhile.
        }

        return 0;
    }

    /// <summary>Lets out what was written, tells the other side that nothing follows, and closes when it has heard. Harmless when repeated.</summary>
    public void BeginClose()
    {
        var isOver = false;
        lock (_gate)
        {
            if (_isClosing || _isClosed)
                return;
            _isClosing = true;
            _deadline = _home.Guard.CreateTimer(
                _home.Time, "cluster-link-close", static me => me.Close(DisassociateInfo.Unknown), this, _home.FlushWait, Timeout.InfiniteTimeSpan);
            if (!_isBlocked)
                SendNow();
            if (!_isBlocked)
                isOver = !TryHalfClose();
            // What still comes is read and dropped: closing over unread bytes would be a reset, and a reset loses what is under way.
            if (!isOver)
                Want(_wanted | Readiness.Reads);
        }

        if (isOver)
            Close(DisassociateInfo.Unknown);
    }

    /// <summary>Ends the connection here and now. Harmless when repeated.</summary>
    public void Close(DisassociateInfo why)
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            _deadline?.Dispose();
            _out.Clear();
            if (_isAdded)
                _home.Receiver.Remove(this);
            Socket.Dispose();
        }

        _ended.TrySetResult();
        _reader?.OnClosed(why);
    }

    public void OnReady(Readiness ready)
    {
        if ((ready & Readiness.Writes) != 0)
            GoOn();
        if ((ready & Readiness.Reads) == 0)
            return;
        if (_isClosing)
            // Read and dropped; once for each time, for it may never end.
            _ = Receive(_home.Receiver.Buffer);
        else if ((_wanted & Readiness.Reads) != 0)
            _reader?.OnReadable();
        else
            // Nobody reads, but the system says that the connection has failed: it would say so for ever.
            Close(DisassociateInfo.Shutdown);
    }

    public void OnLost() => Close(DisassociateInfo.Unknown);

    private void GoOn()
    {
        var isOver = false;
        lock (_gate)
        {
            if (_isClosed || !_isBlocked)
                return;
            _isBlocked = false;
            Send();
            if (_isBlocked)
                return;
            Want(_wanted & ~Readiness.Writes);
            if (_isClosing)
                isOver = !TryHalfClose();
        }

        if (isOver)
            Close(DisassociateInfo.Unknown);
    }

    private void SendNow()
    {
        Send();
        if (_isBlocked)
            Want(_wanted | Readiness.Writes);
    }

    private void Send()
    {
        while (_out.Count > 0 && !_isBroken)
        {
            var count = Socket.Send(_out.Pending, SocketFlags.None, out var error);
            if (error == SocketError.Success)
                _out.Take(count);
            else if (error is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable)
            {
                _isBlocked = true;
                return;
            }
            else if (error != SocketError.Interrupted)
                // The other side is gone. Whoever reads finds the end, behind what had come before it.
                (_isBroken, _isReset) = (true, error == SocketError.ConnectionReset);
        }

        if (_isBroken)
            _out.Clear();
    }

    private bool TryHalfClose()
    {
        try
        {
            if (!_isBroken)
                Socket.Shutdown(SocketShutdown.Send);
            return !_isBroken;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Want(Readiness wanted)
    {
        if (_isAdded && wanted == _wanted)
            return;
        _wanted = wanted;
        if (_isAdded)
        {
            _home.Receiver.Change(this, wanted);
            return;
        }

        _isAdded = true;
        _home.Receiver.Add(this, wanted);
    }
}
