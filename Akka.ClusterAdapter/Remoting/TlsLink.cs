using System.Buffers;
using System.Net.Security;
using Akka.Actor;
using Akka.Remote.Transport;
using Google.Protobuf;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>What a TLS handshake leaves.</summary>
internal sealed record Secured(SslStream Tls, ConnectionStream Stream, bool IsOutbound);

/// <summary>A link with TLS, after its handshake: a frame is encrypted on the thread that writes it, and decrypted on the receiving thread.</summary>
internal sealed partial class TlsLink : Link
{
    /// <summary>One record of TLS.</summary>
    private const int Record = 16 * 1024;

    private readonly LinkTransport _transport;
    private readonly SslStream _tls;
    private readonly ConnectionStream _stream;
    private readonly bool _isOutbound;
    private bool _isReading;
    private bool _hasHeard;

    public TlsLink(Address local, Address remote, Connection connection, Secured secured, LinkTransport transport)
        : base(local, remote, connection, transport)
    {
        (_transport, _tls, _stream, _isOutbound) = (transport, secured.Tls, secured.Stream, secured.IsOutbound);
        _stream.GoesOnInline = true;
    }

    public override void OnReadable() => _stream.OnReadable();

    public override void OnClosed(DisassociateInfo why)
    {
        base.OnClosed(why);
        _stream.OnClosed(why);
        lock (Connection.Gate)
        {
            if (!_isReading)
                _tls.Dispose();
        }
    }

    protected override void Start()
    {
        lock (Connection.Gate)
            _isReading = true;
        _transport.Home.Guard.Observe("cluster-link", ReadAsync());
    }

    protected override bool TryPut(ByteString payload)
    {
        var count = FrameReader.Header + payload.Length;
        var frame = ArrayPool<byte>.Shared.Rent(count);
        Connection.IsHeld = true;
        try
        {
            WriteFrame(frame, payload);
            _tls.Write(frame, 0, count);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // The reading side finds the end, or has.
            return false;
        }
        finally
        {
            Connection.IsHeld = false;
            ArrayPool<byte>.Shared.Return(frame);
        }

        Connection.Flush();
        return true;
    }

    private async Task ReadAsync()
    {
        var room = new byte[Record];
        try
        {
            while (await _tls.ReadAsync(room).ConfigureAwait(false) is > 0 and var count)
            {
                _hasHeard = true;
                Deliver(room.AsSpan(0, count));
            }

            Explain("the connection was closed.");
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or System.Security.Authentication.AuthenticationException)
        {
            Explain(exception.InnerException?.Message ?? exception.Message);
        }
        finally
        {
            Connection.Close(DisassociateInfo.Unknown);
            OnClosed(DisassociateInfo.Unknown);
            lock (Connection.Gate)
                _tls.Dispose();
        }
    }

    private void Explain(string reason)
    {
        // In TLS 1.3 the side that connects hears only now that its certificate is not accepted, if it hears anything.
        if (_isOutbound && !_hasHeard && !Connection.IsLeaving)
            Log.NotAccepted(_transport.Logger, RemoteAddress, reason);
        else
            Log.Broken(_transport.Logger, RemoteAddress, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(5016, LogLevel.Debug, "The link with {Peer} ends: {Reason}", EventName = "LinkBroken")]
        public static partial void Broken(ILogger logger, Address peer, string reason);

        [LoggerMessage(5020, LogLevel.Warning,
            "{Peer} ended TLS before it said anything: {Reason} It may not accept this member's certificate.",
            EventName = "LinkNotAccepted")]
        public static partial void NotAccepted(ILogger logger, Address peer, string reason);
    }
}
