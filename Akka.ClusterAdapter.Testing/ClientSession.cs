using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Testing.Transports;

namespace Akka.ClusterAdapter.Testing;

/// <summary>One connection of a client, from its open packet to its end. Calls of the transport come one after the other.</summary>
internal sealed class ClientSession : IClientSink, IAsyncDisposable
{
    private const string ByClient = "io client disconnect";
    private readonly SocketIOTestConnection _owner;
    private readonly IClientTransport _transport;
    private readonly IPacketDecoder _decoder;
    private readonly TaskCompletionSource<OpenPacket> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private ITimer? _silence;
    private OpenPacket? _open;
    private bool _isEnded;
    private bool _isClosing;

    public ClientSession(SocketIOTestConnection owner, IClientTransport transport)
    {
        _owner = owner;
        _transport = transport;
        _decoder = owner.Parser.CreateDecoder(PacketJson.Trusted with { MaxPacketBytes = int.MaxValue, MaxNamespaceLength = int.MaxValue });
    }

    public bool IsOpen => !Volatile.Read(ref _isEnded) && _open is not null;

    public async Task OpenAsync(CancellationToken ct)
    {
        await _transport.OpenAsync(this, ct).ConfigureAwait(false);
        await _opened.Task.WaitAsync(ct).ConfigureAwait(false);
    }

    public Task SendAsync(EncodedPacket packet, CancellationToken ct)
    {
        if (!packet.IsText)
            return _transport.SendAsync([new(packet.Head, IsText: false)], ct);
        byte[] head = [(byte)'4', .. packet.Head.Span];
        var attachments = packet.Attachments.Select(static attachment => new EngineFrame(attachment, IsText: false));
        return _transport.SendAsync([new(head, IsText: true), .. attachments], ct);
    }

    public async Task CloseAsync(CancellationToken ct)
    {
        lock (_gate)
            _isClosing = true;
        await _transport.CloseAsync(ct).ConfigureAwait(false);
        Ended(ByClient);
    }

    public void Cut()
    {
        _transport.Cut();
        Ended("transport close");
    }

    public void Received(ReadOnlyMemory<byte> data, bool isText)
    {
        if (!isText)
            Decode(data, isBinary: true);
        else if (data.Span[0] == (byte)'4')
            Decode(data[1..], isBinary: false);
        else if (data.Span[0] == (byte)'0')
            Open(OpenPacket.Read(data[1..]));
        else if (data.Span[0] == (byte)'2')
            Pinged();
        else if (data.Span[0] == (byte)'1')
            Ended("transport close");
    }

    public void Ended(string reason)
    {
        lock (_gate)
        {
            if (_isEnded)
                return;
            _isEnded = true;
            if (_isClosing)
                reason = ByClient;
            _silence?.Dispose();
        }

        _opened.TrySetException(new ConnectRefusedException($"The connection ended before it was open: {reason}."));
        _owner.Ended(this, reason);
    }

    public async ValueTask DisposeAsync()
    {
        Ended(ByClient);
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    private void Open(OpenPacket open)
    {
        _open = open;
        if (_transport.MayGoSilent)
            _silence = _owner.Time.CreateTimer(static me => ((ClientSession)me!).Silent(), this, open.Patience, Timeout.InfiniteTimeSpan);
        _opened.TrySetResult(open);
    }

    private void Pinged()
    {
        _silence?.Change(_open!.Patience, Timeout.InfiniteTimeSpan);
        if (_owner.AnswersPings)
            SocketIOTestConnection.Observe(PongAsync());
    }

    private async Task PongAsync()
    {
        await _transport.SendAsync([EngineFrame.Of("3"u8)], CancellationToken.None).ConfigureAwait(false);
        _owner.CountPong();
    }

    private void Silent()
    {
        _transport.Cut();
        Ended("ping timeout");
    }

    private void Decode(ReadOnlyMemory<byte> message, bool isBinary)
    {
        try
        {
            if (_decoder.Add(message, isBinary) is { } packet)
                _owner.Received(packet);
        }
        catch (ProtocolException e)
        {
            _transport.Cut();
            Ended("parse error: " + e.Message);
        }
    }
}
