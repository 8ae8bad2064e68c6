using System.Buffers;
using System.Buffers.Text;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Sessions;

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

/// <summary>A session's incoming packets.</summary>
internal sealed class Inbound
{
    private readonly EngineSocket _session;
    private readonly SessionContext _context;
    private readonly InboundRate? _rate;

    public Inbound(EngineSocket session)
    {
        _session = session;
        _context = session.Context;
        _rate = InboundRate.Of(_context.Server);
        Calls = new(session);
    }

    /// <summary>The way to the handler.</summary>
    public HandlerCalls Calls { get; }

    /// <summary>A text packet of the polling transport or of the current WebSocket.</summary>
    public PacketVerdict Receive(IEngineTransport transport, ReadOnlyMemory<byte> packet)
    {
        _context.Server.Metrics.Traffic.Received(transport, packet.Length);
        if (packet.IsEmpty)
            return End(EngineRejections.BadPacket, CloseReason.ParseError);

        var type = packet.Span[0];
        if (type is >= (byte)'0' and <= (byte)'6' and not (byte)'4')
            Calls.TellReceived(transport, (EnginePacketType)(type - '0'), packet[1..]);

        switch (type)
        {
            case (byte)'4':
                return Deliver(transport, packet[1..], isBinary: false);
            case (byte)'b':
                return DeliverBase64(transport, packet[1..]);
            case (byte)'3':
                _session.Heartbeat.ReceivePong();
                return PacketVerdict.Accepted;
            case (byte)'1':
                _session.Closing.Finish(CloseReason.TransportClose, EnginePacket.Noop);
                return PacketVerdict.Ended;
            case (byte)'2':
                // Only the server pings in revision 4.
                return End(EngineRejections.PingDirection, CloseReason.TransportError);
            case (byte)'0' or (byte)'5' or (byte)'6':
                lock (_context.Gate)
                    _session.Heartbeat.Extend();
                return PacketVerdict.Accepted;
            default:
                return End(EngineRejections.BadPacket, CloseReason.ParseError);
        }
    }

    /// <summary>A binary message of the current WebSocket.</summary>
    public PacketVerdict ReceiveBinary(IEngineTransport transport, ReadOnlyMemory<byte> data)
    {
        _context.Server.Metrics.Traffic.Received(transport, data.Length);
        return Deliver(transport, data, isBinary: true);
    }

    /// <summary>The packets of a POST in order, up to the first that ends the session.</summary>
    public PacketVerdict ReceivePayload(PollingTransport transport, ReadOnlyMemory<byte> payload)
    {
        for (var packets = 0; ; packets++)
        {
            if (packets == _context.Server.Options.MaxPacketsPerPayload)
            {
                _session.Closing.Reject(EngineRejections.TooManyPackets, CloseReason.TransportError);
                return PacketVerdict.Refused;
            }

            var end = payload.Span.IndexOf(EngineMessage.Separator);
            var verdict = Receive(transport, end < 0 ? payload : payload[..end]);
            if (verdict != PacketVerdict.Accepted || end < 0)
                return verdict;

            payload = payload[(end + 1)..];
        }
    }

    /// <summary>A frame of a WebSocket: the current transport's, or a candidate's.</summary>
    public ValueTask ReceiveFrameAsync(WebSocketTransport transport, ReadOnlyMemory<byte> frame, bool isBinary)
    {
        if (!ReferenceEquals(_context.Transport, transport))
        {
            _context.Server.Metrics.Traffic.Received(transport, frame.Length);
            return _session.Upgrade?.ReceiveAsync(transport, frame, isBinary) ?? default;
        }

        _ = isBinary ? ReceiveBinary(transport, frame) : Receive(transport, frame);
        return ThrottleAsync(1, frame.Length);
    }

    /// <summary>Waits while the client has sent more than it may.</summary>
    public ValueTask ThrottleAsync(int packets, int bytes) => _rate?.ThrottleAsync(_session, packets, bytes) ?? default;

    /// <summary>
    /// A message of the client has begun and is not complete yet: it counts until it is, and ends the session when all of them hold too much.
    /// </summary>
    public IncompleteMessage BeginIncomplete() =>
        _context.Server.Incomplete.Begin(() => _session.Closing.Reject(EngineRejections.IncompleteBytes, CloseReason.TransportError));

    private PacketVerdict Deliver(IEngineTransport transport, ReadOnlyMemory<byte> data, bool isBinary) =>
        Calls.TryDeliver(transport, data, isBinary) ? PacketVerdict.Accepted : PacketVerdict.Ended;

    private PacketVerdict DeliverBase64(IEngineTransport transport, ReadOnlyMemory<byte> base64)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(base64.Length));
        try
        {
            if (Base64.DecodeFromUtf8(base64.Span, buffer, out _, out var length) == OperationStatus.Done)
                return Deliver(transport, buffer.AsMemory(0, length), isBinary: true);

            _session.Closing.Reject(EngineRejections.Base64, CloseReason.ParseError);
            return PacketVerdict.Refused;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private PacketVerdict End(string offence, CloseReason reason)
    {
        _session.Closing.Reject(offence, reason);
        return PacketVerdict.Ended;
    }
}
