using System.Buffers;
using System.Buffers.Text;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Engine;

/// <summary>What became of an incoming packet.</summary>
internal enum PacketVerdict
{
    /// <summary>Dispatched or ignored.</summary>
    Accepted,

    /// <summary>The session is over, in a way the sender is told 200.</summary>
    Ended,

    /// <summary>The session is over, and the sender is told 400.</summary>
    Refused,
}

/// <content>Incoming packets and the handler's callbacks, one after the other.</content>
public sealed partial class EngineSocket
{
    // True from the start: nothing may reach the handler before Opened has returned.
    private bool _inCallback = true;
    private bool _isCloseDue;
    private CloseReason _reason;

    // What the handler sends to its own client leaves when it returns: in one go, and a volatile message behind another one is dropped, always.
    private int _callbackThread;

    /// <summary>Tells the handler of the session.</summary>
    internal void RunOpened()
    {
        _callbackThread = Environment.CurrentManagedThreadId;
        try
        {
            _server.Handler.Opened(this);
        }
        catch (Exception e)
        {
            _server.Guard.Fail(nameof(IEngineHandler.Opened), e);
        }

        ExitCallback();
    }

    /// <summary>A text packet of the polling transport or of the current WebSocket.</summary>
    internal PacketVerdict Receive(IEngineTransport transport, ReadOnlyMemory<byte> packet)
    {
        if (packet.IsEmpty)
            return End(EngineRejections.BadPacket, CloseReason.ParseError);

        switch (packet.Span[0])
        {
            case (byte)'4':
                return Deliver(transport, packet[1..], isBinary: false);
            case (byte)'b':
                return DeliverBase64(transport, packet[1..]);
            case (byte)'3':
                return ReceivePong();
            case (byte)'1':
                Finish(CloseReason.TransportClose, EnginePacket.Noop);
                return PacketVerdict.Ended;
            case (byte)'2':
                // Only the server pings in revision 4.
                return End(EngineRejections.PingDirection, CloseReason.TransportError);
            case (byte)'0' or (byte)'5' or (byte)'6':
                lock (_gate)
                    ExtendPong();
                return PacketVerdict.Accepted;
            default:
                return End(EngineRejections.BadPacket, CloseReason.ParseError);
        }
    }

    /// <summary>A frame of a WebSocket: the current transport's, or a candidate's.</summary>
    internal ValueTask ReceiveFrameAsync(WebSocketTransport transport, ReadOnlyMemory<byte> frame, bool isBinary)
    {
        if (!ReferenceEquals(Volatile.Read(ref _transport), transport))
            return ReceiveProbeAsync(transport, frame, isBinary);

        _ = isBinary ? Deliver(transport, frame, isBinary: true) : Receive(transport, frame);
        return ThrottleAsync(1, frame.Length);
    }

    /// <summary>Waits while the client has sent more than it may.</summary>
    internal ValueTask ThrottleAsync(int packets, int bytes) => _inboundRate?.ThrottleAsync(this, packets, bytes) ?? default;

    /// <summary>A message of its client has begun and is not complete yet: it counts until it is, and ends the session when all of them hold too much.</summary>
    internal IncompleteMessage BeginIncomplete() => _server.Incomplete.Begin(() => Reject(EngineRejections.IncompleteBytes, CloseReason.TransportError));

    private PacketVerdict Deliver(IEngineTransport transport, ReadOnlyMemory<byte> data, bool isBinary)
    {
        lock (_gate)
        {
            if (_state != SessionState.Open || !ReferenceEquals(_transport, transport))
                return PacketVerdict.Ended;

            ExtendPong();
            _inCallback = true;
            _callbackThread = Environment.CurrentManagedThreadId;

            // A client that speaks has read what the pause was for.
            _isPaused = false;
        }

        try
        {
            _server.Handler.Message(this, data, isBinary);
        }
        catch (Exception e)
        {
            _server.Guard.Fail(nameof(IEngineHandler.Message), e);
        }

        ExitCallback();
        return PacketVerdict.Accepted;
    }

    private PacketVerdict DeliverBase64(IEngineTransport transport, ReadOnlyMemory<byte> base64)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(base64.Length));
        try
        {
            if (Base64.DecodeFromUtf8(base64.Span, buffer, out _, out var length) == OperationStatus.Done)
                return Deliver(transport, buffer.AsMemory(0, length), isBinary: true);

            Reject(EngineRejections.Base64, CloseReason.ParseError);
            return PacketVerdict.Refused;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private PacketVerdict End(string offence, CloseReason reason)
    {
        Reject(offence, reason);
        return PacketVerdict.Ended;
    }

    private void ExitCallback()
    {
        bool isCloseDue, isFlushDue;
        lock (_gate)
        {
            _inCallback = false;
            _callbackThread = 0;
            isCloseDue = _isCloseDue;
            _isCloseDue = false;
            isFlushDue = TryBeginFlush();
        }

        if (isFlushDue)
            RunFlush();
        if (isCloseDue)
            RunClosed();
    }

    private void RunClosed()
    {
        try
        {
            _server.Handler.Closed(this, _reason);
        }
        catch (Exception e)
        {
            _server.Guard.Fail(nameof(IEngineHandler.Closed), e);
        }

        _server.Forget();
    }
}
