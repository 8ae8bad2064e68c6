using System.Threading.Tasks.Sources;
using Akka.Remote.Transport;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>A connection as a stream, for TLS. Writing never waits; a read that has to wait is ended by the receiving thread.</summary>
internal sealed class ConnectionStream : Stream, IConnectionReader, IValueTaskSource<int>
{
    private readonly Connection _connection;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<int> _read = new() { RunContinuationsAsynchronously = true };
    private Memory<byte> _room;
    private bool _isReading;
    private bool _isOver;

    public ConnectionStream(Connection connection)
    {
        _connection = connection;
        connection.Reader = this;
    }

    /// <summary>
    /// Whether what waits for a read goes on on the receiving thread. Not while certificates are looked at, which takes long and may call the application.
    /// </summary>
    public bool GoesOnInline
    {
        set => _read.RunContinuationsAsynchronously = !value;
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return new(0);
        lock (_gate)
        {
            if (_isOver)
                return new(0);
            _read.Reset();
            (_room, _isReading) = (buffer, true);
            _connection.Read();
            return new(this, _read.Version);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_connection.Gate)
        {
            if (!_connection.IsOpen)
                throw new IOException("The link is closed.");
            buffer.CopyTo(_connection.Add(buffer.Length));
            _connection.Flush();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush()
    {
        // Nothing is kept back.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public void OnReadable()
    {
        Memory<byte> room;
        lock (_gate)
        {
            if (!_isReading)
            {
                _connection.Pause();
                return;
            }

            room = _room;
        }

        if (_connection.Receive(room.Span) is > 0 and var count)
            EndRead(count);
    }

    public void OnClosed(DisassociateInfo why)
    {
        lock (_gate)
            _isOver = true;
        EndRead(0);
    }

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private void EndRead(int count)
    {
        lock (_gate)
        {
            if (!_isReading)
                return;
            (_room, _isReading) = (default, false);
        }

        _read.SetResult(count);
    }
}
