using System.IO.Pipelines;
using System.Net.Sockets;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Loops;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Akka.ClusterAdapter.Engine.Connections;

/// <summary>
/// A connection of Kestrel's that the loop reads. Reading is work of the loop's, so that another thread goes on when what is read runs into something that
/// blocks. Whoever waits for what is read goes on in the thread pool, as with Kestrel's own transport, until the connection is a WebSocket of the engine's:
/// then he goes on here and now, and what he writes leaves here and now.
/// </summary>
internal sealed partial class LoopConnection : DefaultConnectionContext, IWaiting, IHeldUp, IConnectionSocketFeature
{
    // As much as one read takes; more when it was filled.
    private const int SmallRead = 4 * 1024;
    private const int LargeRead = 64 * 1024;
    private const int LargestInline = 16 * 1024;

    private readonly ClientLoop _loop;
    private readonly Lock _gate = new();
    private readonly Pipe _in;
    private readonly Pipe _out;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _isReadOverTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IReceiver? _receiver;
    private Task _sending = Task.CompletedTask;
    private Readiness _wanted;
    private bool _isAdded;

    /// <summary>It is work that waits or runs. With the gate.</summary>
    private bool _isReading;

    /// <summary>The reader is behind. With the gate.</summary>
    private bool _isPaused;

    /// <summary>The kernel tells an end again and again; it is not asked any more. With the gate.</summary>
    private bool _isHungUp;

    private bool _isReadOver;
    private bool _isClosed;
    private ConnectionAbortedException? _abortReason;
    private TaskCompletionSource? _room;
    private int _reader;
    private int _size = SmallRead;
    private volatile bool _isInline;

    public LoopConnection(Socket socket, ClientLoop loop, SocketTransportOptions options)
        : base(Guid.NewGuid().ToString("N"))
    {
        Socket = socket;
        _loop = loop;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        // Whoever fills or empties a pipe goes on at once with what is ours; the rest is the pool's.
        _in = new(Bounded(options.MaxReadBufferSize ?? 0, new Readers(this), PipeScheduler.Inline));
        _out = new(Bounded(options.MaxWriteBufferSize ?? 0, PipeScheduler.Inline, PipeScheduler.ThreadPool));
        Transport = new Duplex(_in.Reader, new SocketWriter(socket, _out.Writer, this));
        Features.Set<IConnectionSocketFeature>(this);
        Features.Set(this);
    }

    public Socket Socket { get; }

    public long Id { get; set; }

    /// <summary>Begins to read and to write.</summary>
    public void Start()
    {
        _sending = SendAllAsync();
        lock (_gate)
            Want(Readiness.Reads);
    }

    /// <summary>From now on whoever waits for what is read goes on at once, on the loop. Whoever reads must be there himself: see <see cref="Turn"/>.</summary>
    public void BeginInline() => _isInline = ClientLoop.Mode == 0;

    /// <summary>
    /// Whoever reads goes on with this, and is on the loop then: what has come before he began to wait is handled there too. He stays where he is when he is
    /// there already, or does not belong there (any more).
    /// </summary>
    /// <param name="read">Bytes that he has read since he last came: after as many as one read takes it is another item's turn.</param>
    public LoopTurn Turn(ref int read)
    {
        var work = _isInline ? _receiver?.Work : null;
        if (work is { IsThisThread: true } && read < LargestInline)
            return new(this, null);
        read = 0;
        return new(this, work);
    }

    /// <summary>From now on in the thread pool.</summary>
    public void EndInline() => _isInline = false;

    public override void Abort(ConnectionAbortedException abortReason)
    {
        Close(abortReason);
        _out.Reader.CancelPendingRead();
    }

    public override void Abort() => Abort(new ConnectionAbortedException());

    public override async ValueTask DisposeAsync()
    {
        Transport.Input.Complete();
        Transport.Output.Complete();
        await _sending.ConfigureAwait(false);
        await _isReadOverTold.Task.ConfigureAwait(false);
        _closed.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    public void OnReady(Readiness ready)
    {
        if ((ready & Readiness.Writes) != 0)
            TellRoom();
        if ((ready & Readiness.Reads) != 0 && TryBeginReading((ready & Readiness.Ended) != 0))
            RunOnce();
    }

    public void OnLost()
    {
        if (_receiver is { IsStopping: false })
        {
            // It has thrown.
            Abort();
            return;
        }

        var isOver = false;
        lock (_gate)
        {
            _isAdded = false;
            _receiver = null;
            if (!_isClosed)
                isOver = !_loop.Guard.Run(nameof(LoopConnection), static me => me.Want(me._wanted), this);
        }

        if (isOver)
            Abort();
    }

    void IHeldUp.TakenOver() => _loop.HeldUp();

    void IHeldUp.Blocks(string? what)
    {
        // It would do so again: from now on its handlers run in the thread pool.
        EndInline();
        _loop.Blocks(what);
    }

    /// <summary>Ends the connection here and now: with a reset when there is a reason. Harmless when repeated.</summary>
    private void Close(ConnectionAbortedException? reason)
    {
        bool isReadingOver;
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            _abortReason = reason ?? new ConnectionAbortedException("All that was to be sent has been sent.");
            StopWaiting();
            _room?.TrySetResult();
            isReadingOver = !_isReading && !_isReadOver;
            _isReadOver |= isReadingOver;
            if (reason is not null)
                Socket.Close(timeout: 0);
            else
                CloseInOrder();
        }

        if (isReadingOver)
            TellReadOver(_abortReason);
    }

    private void CloseInOrder()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The other side is gone.
        }

        Socket.Dispose();
    }

    /// <summary>With the gate.</summary>
    private void Want(Readiness wanted)
    {
        if (_isClosed || (_isAdded && wanted == _wanted))
            return;
        _wanted = wanted;
        if (_isAdded)
        {
            _receiver!.Change(this, wanted);
        }
        else
        {
            _isAdded = true;
            _receiver ??= _loop.Current();
            _receiver.Add(this, wanted);
        }
    }

    /// <summary>With the gate.</summary>
    private void StopWaiting()
    {
        if (_isAdded)
            _receiver!.Remove(this);
        _isAdded = false;
        _wanted = Readiness.None;
    }

    private static PipeOptions Bounded(long most, PipeScheduler reader, PipeScheduler writer) =>
        new(readerScheduler: reader, writerScheduler: writer, pauseWriterThreshold: most, resumeWriterThreshold: most / 2, useSynchronizationContext: false);

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Item(Action<object?> action, object? state) : IThreadPoolWorkItem
    {
        public void Execute() => action(state);
    }

    /// <summary>Where whoever waits for what is read goes on.</summary>
    private sealed class Readers(LoopConnection connection) : PipeScheduler
    {
        public override void Schedule(Action<object?> action, object? state)
        {
            if (connection._isInline && connection._reader == Environment.CurrentManagedThreadId)
                action(state);
            else if (ClientLoop.Mode < 2 || !connection._loop.TryAside(new Item(action, state)))
                ThreadPool.Schedule(action, state);
        }
    }
}
