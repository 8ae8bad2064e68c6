using System.Net;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Remote.Transport;
using Google.Protobuf;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>A connection as remoting sees it: frames out, frames in, one end.</summary>
internal abstract partial class Link : AssociationHandle, IConnectionReader
{
    /// <summary>What remoting puts around a message after it has compared it with the largest frame, and more.</summary>
    private const int Envelope = 64;

    private readonly LinkTransport _transport;
    private readonly Lock _gate = new();
    private readonly ITimer _unclaimed;
    private IHandleEventListener? _listener;
    private DisassociateInfo? _closed;

    protected Link(Address local, Address remote, Connection connection, LinkTransport transport)
        : base(local, remote)
    {
        (Connection, _transport) = (connection, transport);
        Frames = new FrameReader(transport.Settings.FrameSize + Envelope, transport.Settings.IsBigEndian);
        // Remoting that has given up waiting for a link forgets it without a word.
        _unclaimed = transport.Home.Guard.CreateTimer(
            transport.Home.Time,
            "cluster-link",
            static link => link.Connection.Close(DisassociateInfo.Unknown),
            this,
            2 * transport.Settings.ConnectTimeout,
            Timeout.InfiniteTimeSpan);
    }

    public Connection Connection { get; }

    protected FrameReader Frames { get; }

    /// <summary>Reads from now on, for whom remoting has named.</summary>
    public void Claim()
    {
        Connection.Reader = this;
        _transport.Home.Guard.When("cluster-link", ReadHandlerSource.Task, static link => link.Begin(), this);
    }

    /// <summary>Two links between the same two addresses are two.</summary>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override bool Write(ByteString payload)
    {
        lock (Connection.Gate)
        {
            if (!Connection.IsOpen)
                return false;
            if (Connection.HasRoom(FrameReader.Header + payload.Length))
                return TryPut(payload);
        }

        Log.TakesNothing(_transport.Logger, RemoteAddress, _transport.Settings.MostPending);
        return false;
    }

    [Obsolete("As its base.")]
    public override void Disassociate() => Connection.BeginClose();

    public abstract void OnReadable();

    public virtual void OnClosed(DisassociateInfo why)
    {
        IHandleEventListener? listener;
        lock (_gate)
        {
            if (_closed is not null)
                return;
            (_closed, listener) = (why, _listener);
        }

        _unclaimed.Dispose();
        listener?.Notify(new Disassociated(why));
    }

    /// <summary>Sends a frame, or lets it wait; false when it cannot. With the connection's gate.</summary>
    protected abstract bool TryPut(ByteString payload);

    /// <summary>The listener is there.</summary>
    protected abstract void Start();

    /// <summary>Writes a frame. With the connection's gate.</summary>
    protected void WriteFrame(Span<byte> to, ByteString payload)
    {
        FrameReader.WriteHeader(to, payload.Length, _transport.Settings.IsBigEndian);
        payload.Span.CopyTo(to[FrameReader.Header..]);
    }

    /// <summary>Hands on what arrived, as far as it is complete.</summary>
    protected void Deliver(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (Frames.TryRead(ref bytes, out var frame))
                _listener!.Notify(new InboundPayload(frame));
        }
        catch (FrameException exception)
        {
            Log.NoFrame(_transport.Logger, Connection.Remote, exception.Length, _transport.Settings.FrameSize);
            Connection.Close(DisassociateInfo.Unknown);
        }
    }

    private void Begin()
    {
        if (!ReadHandlerSource.Task.IsCompletedSuccessfully)
            return;
        _unclaimed.Dispose();
        DisassociateInfo? closed;
        lock (_gate)
        {
            _listener = ReadHandlerSource.Task.Result;
            closed = _closed;
        }

        if (closed is { } why)
            _listener.Notify(new Disassociated(why));
        else if (Connection.Ended.IsCompleted)
            OnClosed(DisassociateInfo.Unknown);
        else
            Start();
    }

    private static partial class Log
    {
        [LoggerMessage(5012, LogLevel.Warning,
            "{Peer} sent what is no frame to the cluster's port ({Length} bytes, of at most {Most}), and is cut off. "
            + "Either it is no member, or its akka.remote.dot-netty.tcp.maximum-frame-size is larger.",
            EventName = "FrameRefused")]
        public static partial void NoFrame(ILogger logger, IPEndPoint peer, int length, int most);

        [LoggerMessage(5015, LogLevel.Warning,
            "{Peer} takes nothing: {Bytes} bytes wait for it (akka.remote.dot-netty.tcp.write-buffer-high-water-mark). "
            + "Remoting keeps the rest until it does, or is gone.",
            EventName = "PeerTakesNothing")]
        public static partial void TakesNothing(ILogger logger, Address peer, int bytes);
    }
}
