using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Testing.Transports;

/// <summary>
/// Both ends of a connection that is none: a session of the server's engine without a request and without bytes on a wire. What the client sends is
/// dispatched when <see cref="SendAsync"/> completes.
/// </summary>
internal sealed class InMemoryTransport(SocketIOServer server, EngineRequest request) : IEngineTransport, IClientTransport
{
    private readonly SemaphoreSlim _sending = new(1);
    private IClientSink _sink = null!;
    private EngineSocket _session = null!;

    public string Name => TransportNames.WebSocket;

    public bool IsReady => true;

    public bool IsStream => false;

    public bool MayGoSilent => false;

    public Task OpenAsync(IClientSink sink, CancellationToken ct)
    {
        if (server.Engine.IsDisposed)
            throw new ConnectRefusedException("The server is closed.");
        _sink = sink;
        _session = server.Engine.Open(request, this);
        _session.Outbound.SendFirst(EnginePacket.Open(_session.Id, Name, server.Engine.Options), server.Engine.InitialMessage);
        _session.Inbound.Calls.RunOpened();
        if (server.Engine.IsDisposed)
            _session.Close(discard: true);
        return Task.CompletedTask;
    }

    // Not on the caller's thread: it has a context of the test's, which the application's handlers must not find.
    public async Task SendAsync(IReadOnlyList<EngineFrame> frames, CancellationToken ct)
    {
        await _sending.WaitAsync(ct).ConfigureAwait(false);
        var taken = Task.Run(() => Take(frames), CancellationToken.None);
        try
        {
            await taken.WaitAsync(ct).ConfigureAwait(false);
        }
        finally
        {
            if (taken.IsCompleted)
                _sending.Release();
            else
                _ = taken.ContinueWith(_ => _sending.Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    public Task CloseAsync(CancellationToken ct)
    {
        Cut();
        return Task.CompletedTask;
    }

    public void Cut() => _session?.Closing.Finish(CloseReason.TransportClose);

    bool IEngineTransport.TryTake(List<OutboundPacket> batch) => false;

    ValueTask<bool> IEngineTransport.WriteAsync(List<OutboundPacket> batch)
    {
        foreach (var packet in batch)
        {
            for (var rest = packet.Message.Frames; !rest.IsEmpty;)
            {
                var (data, isText) = EngineMessage.NextPart(ref rest);
                _sink.Received(data, isText);
            }
        }

        return new(true);
    }

    void IEngineTransport.SessionEnded() => _sink.Ended("transport close");

    public ValueTask DisposeAsync()
    {
        Cut();
        return default;
    }

    private void Take(IReadOnlyList<EngineFrame> frames)
    {
        foreach (var frame in frames)
        {
            if (frame.Data.Length > server.Engine.Options.MaxPayload)
                _session.Closing.Reject(EngineRejections.MessageTooLarge, CloseReason.TransportError);
            else if (frame.IsText)
                _session.Inbound.Receive(this, frame.Data);
            else
                _session.Inbound.ReceiveBinary(this, frame.Data);
        }
    }
}
