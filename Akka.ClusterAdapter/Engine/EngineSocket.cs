using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine;

/// <summary>One Engine.IO session: a logical client connection with exactly one current transport.</summary>
public sealed class EngineSocket
{
    internal EngineSocket(EngineServer server, string id, EngineRequest request, IEngineTransport transport)
    {
        Id = id;
        Request = request;
        OpenedAt = server.Clock.Now;
        Context = new(server, transport);
        Outbound = new(this);
        Inbound = new(this);
        Heartbeat = new(this);
        Closing = new(this);
        Connections = new(Context);
        if (transport is not PollingTransport polling)
            return;

        Polling = new(this, polling);
        Upgrade = new(this, Polling);
    }

    /// <summary>
    /// Raised once, when the session has changed from polling to WebSocket, before the first message that comes that way. What a subscriber throws is logged
    /// and counted, and keeps nothing from the others. A session that begins as a WebSocket does not raise it.
    /// </summary>
    public event Action<EngineSocket>? Upgraded
    {
        add
        {
            if (Upgrade is { } upgrade)
                upgrade.Upgraded += value;
        }

        remove
        {
            if (Upgrade is { } upgrade)
                upgrade.Upgraded -= value;
        }
    }

    /// <summary>Session id: 20 url-safe characters. A bearer secret, never shown to other clients.</summary>
    public string Id { get; }

    /// <summary>The session's first request.</summary>
    public EngineRequest Request { get; }

    /// <summary>Current transport: <c>polling</c> or <c>websocket</c>.</summary>
    public string TransportName => Context.Transport.Name;

    /// <summary>False from the moment the session begins to close.</summary>
    public bool IsOpen => Context.Phase == SessionPhase.Open;

    /// <summary>True when a message sent now would leave at once: a pending poll, or a WebSocket whose previous batch was flushed.</summary>
    public bool IsWritable
    {
        get
        {
            lock (Context.Gate)
                return Outbound.CanWriteAtOnce;
        }
    }

    /// <summary>
    /// What ended the session besides its <see cref="CloseReason"/>: what its client did, under the name by which it is counted (<c>message-too-large</c>,
    /// <c>slow-reader</c>, <c>overflow</c>). Null while it is open, and when the reason says it all.
    /// </summary>
    public string? CloseDetail => Closing.Detail;

    /// <summary>A place for the handler's own object.</summary>
    public object? State { get; set; }

    /// <summary>Stands for the session in the log.</summary>
    internal string LogId => SessionId.Short(Id);

    /// <summary>When it began, by its engine's clock.</summary>
    internal long OpenedAt { get; }

    /// <summary>Its place among all sessions; null where none is kept.</summary>
    internal Place? Place { get; init; }

    /// <summary>What its parts share.</summary>
    internal SessionContext Context { get; }

    internal Outbound Outbound { get; }

    internal Inbound Inbound { get; }

    internal Heartbeat Heartbeat { get; }

    internal Closing Closing { get; }

    internal KeptConnections Connections { get; }

    /// <summary>Null when it began with a WebSocket.</summary>
    internal PollingRequests? Polling { get; }

    /// <summary>Null when it began with a WebSocket: there is nothing to upgrade.</summary>
    internal UpgradeAttempt? Upgrade { get; }

    /// <summary>True from the moment a WebSocket asks to become the transport until it is or will not be.</summary>
    internal bool IsUpgrading => Upgrade is { IsUnderWay: true };

    /// <summary>True while a poll waits for packets.</summary>
    internal bool HasPoll
    {
        get
        {
            lock (Context.Gate)
                return Polling?.Waiting is not null;
        }
    }

    /// <summary>Queues a message without waiting; messages leave in call order.</summary>
    /// <param name="message">The message, shared by all sessions it is sent to.</param>
    /// <param name="isVolatile">Drop it (returning false) unless <see cref="IsWritable"/>.</param>
    /// <param name="compress">False keeps HTTP compression off for the polling payload, unless another packet in it wants it.</param>
    /// <returns>False when the message was dropped: session closed, volatile and not writable, or the outbound queue is full (which also closes the session
    /// as <see cref="CloseReason.TransportError"/>).</returns>
    public bool TrySend(EngineMessage message, bool isVolatile = false, bool compress = true)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Outbound.TrySend(message, isVolatile, compress);
    }

    /// <summary>The same for a message that few others get: a lonely one is written by this thread.</summary>
    internal bool TrySendToFew(EngineMessage message, bool isVolatile = false, bool compress = true) =>
        Outbound.TrySend(message, isVolatile, compress, isForFew: true);

    /// <summary>
    /// Closes the session: what is queued is still sent, unless <paramref name="discard"/>. Nothing more is accepted in either direction; the handler
    /// hears of it as <see cref="CloseReason.ForcedClose"/>, soon and on another thread. Without a waiting poll that may take 30 s.
    /// </summary>
    public void Close(bool discard = false)
    {
        if (discard)
            Closing.Finish(CloseReason.ForcedClose);
        else
            Closing.Begin();
    }

    /// <summary>Whether each message leaves by itself, and not several in an answer.</summary>
    internal bool IsStream => TransportName != TransportNames.Polling;

    /// <summary>
    /// Sends a message that leaves at once, together with those in front of it, and what follows it at least <paramref name="gap"/> after that,
    /// unless the client speaks first: a simple client that waits for one message after the other must not find two in what it reads. While polling
    /// there is no gap: each answer is read by itself.
    /// </summary>
    internal bool TrySendAlone(EngineMessage message, TimeSpan gap, ReadOnlySpan<EngineMessage> first = default) => Outbound.TrySendAlone(message, gap, first);

    /// <summary>
    /// The client has shown what it wants: the session is not one of those that give way to others any more. See
    /// <see cref="EngineOptions.MaxUnsettledSessions"/>.
    /// </summary>
    internal void Settle() => Place?.Settle();

    /// <summary>Whether its client polls, but no request of its is here and none has been for so long.</summary>
    internal bool IsAbsentFor(TimeSpan time) => Polling?.IsAbsentFor(time) == true;

    /// <summary>
    /// A message of its client has begun and is not complete yet: it counts until it is, and ends the session when all of them hold too much.
    /// </summary>
    internal IncompleteMessage BeginIncomplete() => Inbound.BeginIncomplete();

    /// <summary>Sends the ping that is due, and ends what has waited too long.</summary>
    internal void CheckDeadlines(long now)
    {
        CloseReason? end;
        var isSlow = false;
        var isScheduled = false;
        lock (Context.Gate)
        {
            end = Heartbeat.IsLost(now) ? CloseReason.PingTimeout : Closing.Overdue(now);
            if (end is null)
                isSlow = Outbound.IsStuck(now);
            if (end is null && !isSlow)
                isScheduled = Heartbeat.TryPing(now);
        }

        if (isScheduled)
            Outbound.Schedule();
        if (isSlow)
            EndSlow();
        else if (end is { } reason)
            Closing.Finish(reason);
    }

    /// <summary>What waits for its client: packets, bytes, and since when the first of them has.</summary>
    internal (int Packets, long Bytes, long Since) Waiting()
    {
        lock (Context.Gate)
        {
            var since = Outbound.WritingSince;
            if (since == 0 && Outbound.QueuedPackets > 0 && Polling is { IsCurrent: true, Waiting: null } polling)
                since = polling.LastSeen;
            return (Outbound.QueuedPackets, Outbound.QueuedBytes, since);
        }
    }

    private void EndSlow()
    {
        if (Closing.Reject(EngineRejections.SlowReader, CloseReason.TransportError))
            Context.Server.Metrics.SlowClient(SlowClients.WriteTimeout);
    }

    /// <summary>A WebSocket's connection ended; for an offence of the client when there is one.</summary>
    internal void TransportEnded(WebSocketTransport transport, CloseReason reason, string? offence)
    {
        Upgrade?.TransportEnded(transport, offence);
        if (!ReferenceEquals(Context.Transport, transport))
            return;
        if (offence is null)
            Closing.Finish(reason);
        else
            Closing.Reject(offence, CloseReason.TransportError);
    }
}
