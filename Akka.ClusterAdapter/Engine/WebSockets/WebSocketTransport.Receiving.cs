using System.Buffers;
using System.Net.WebSockets;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <content>Reading messages.</content>
internal sealed partial class WebSocketTransport
{
    private const int MessageTooBig = 1009;
    private const int FirstBuffer = 4096;

    // What each frame costs besides its data.
    private const int FrameCost = 8;
    private byte[] _message = [];
    private Deadline? _messageDue;
    private IncompleteMessage? _incomplete;

    private async Task<CloseReason> ReceiveAllAsync(EngineSocket session)
    {
        while (true)
        {
            if (_connection is not null)
                await _connection.Turn(ref _sinceTurn);
            if (_frames is { IsBetweenFrames: true } frames)
                await ReceiveWholeAsync(session, frames).ConfigureAwait(false);

            // An empty read waits without holding a buffer.
            var first = await _socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None).ConfigureAwait(false);
            if (first.MessageType == WebSocketMessageType.Close)
                return CloseReason.TransportClose;

            TimeSpan owed;
            try
            {
                var length = first.EndOfMessage ? 0 : await ReceiveMessageAsync().ConfigureAwait(false);
                if (length < 0)
                    return CloseReason.TransportClose;
                if (WhatIsWrong(length) is { } offence)
                    return await RefuseMessageAsync(session, offence).ConfigureAwait(false);

                owed = _inflation?.End(length) ?? TimeSpan.Zero;
                await HandOver(session, length, first.MessageType == WebSocketMessageType.Binary).ConfigureAwait(false);
            }
            finally
            {
                ReturnMessage();
            }

            if (owed > TimeSpan.Zero)
                await InboundRate.WaitAsync(_server, session, owed, "inflated").ConfigureAwait(false);
        }
    }

    /// <summary>Hands over messages that come in one piece, until something else comes.</summary>
    private async Task ReceiveWholeAsync(EngineSocket session, FrameInput frames)
    {
        while (true)
        {
            if (_connection is not null)
                await _connection.Turn(ref _sinceTurn);
            var read = await frames.WaitAsync().ConfigureAwait(false);
            try
            {
                var found = frames.TryTake(read, _server.Options.MaxPayload, out _message, out var length, out var isBinary);
                if (found == FrameFound.Other)
                    return;
                if (found == FrameFound.Message)
                    await HandOver(session, length, isBinary).ConfigureAwait(false);
            }
            finally
            {
                ReturnMessage();
            }
        }
    }

    /// <summary>Nothing of the message is needed while its client waits for having sent so much.</summary>
    private ValueTask HandOver(EngineSocket session, int length, bool isBinary)
    {
        _sinceTurn += length + FrameCost;
        var taken = session.Inbound.ReceiveFrameAsync(this, _message.AsMemory(0, length), isBinary);
        ReturnMessage();
        return taken;
    }

    /// <summary>
    /// Reads one message into <see cref="_message"/>, which grows; stops when it is too large. Its length, or -1 when the peer closed instead.
    /// </summary>
    private async ValueTask<int> ReceiveMessageAsync()
    {
        _message = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var length = 0;
        while (WhatIsWrong(length) is null)
        {
            if (length == _message.Length)
                GrowMessage();

            var receive = _socket.ReceiveAsync(_message.AsMemory(length), CancellationToken.None);
            if (!receive.IsCompleted)
                Await();
            var result = await receive.ConfigureAwait(false);
            if (result.MessageType == WebSocketMessageType.Close)
                return -1;

            length += result.Count;
            if (result.EndOfMessage)
                break;
        }

        _messageDue?.Clear();
        return length;
    }

    private string? WhatIsWrong(int length) =>
        length > _server.Options.MaxPayload ? EngineRejections.MessageTooLarge
        : _inflation?.IsTooMuch(length) == true ? EngineRejections.Inflated
        : null;

    /// <summary>The rest of the message is not here yet.</summary>
    private void Await()
    {
        _messageDue ??= _server.Deadlines.Create("message", static transport => transport.Reject(EngineRejections.SlowMessage), this);
        _messageDue.Begin(_server.Options.MessageTimeout);
        _incomplete ??= _server.Incomplete.Begin(() => Reject(EngineRejections.IncompleteBytes));
        _incomplete.Set(_message.Length + (_inflation is null ? 0 : Inflation.InflaterBytes));
    }

    private void GrowMessage()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_message.Length * 2);
        _message.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_message);
        _message = larger;
    }

    private void ReturnMessage()
    {
        _incomplete?.End();
        _incomplete = null;
        if (_message.Length > 0)
            ArrayPool<byte>.Shared.Return(_message);
        _message = [];
    }

    private async Task<CloseReason> RefuseMessageAsync(EngineSocket session, string offence)
    {
        Close(WebSocketFrame.CloseWith(MessageTooBig));
        session.TransportEnded(this, CloseReason.TransportError, offence);
        ReturnMessage();
        _message = ArrayPool<byte>.Shared.Rent(FirstBuffer);

        // Reading on keeps the kernel from answering the rest of the message with a reset, which would swallow our close frame.
        while ((await _socket.ReceiveAsync(_message.AsMemory(), CancellationToken.None).ConfigureAwait(false)).MessageType != WebSocketMessageType.Close)
        {
        }

        return CloseReason.TransportError;
    }
}
