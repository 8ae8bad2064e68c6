using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine;

/// <summary>Kinds of packets of Engine.IO, revision 4.</summary>
public enum EnginePacketType
{
    /// <summary>The first packet of a session.</summary>
    Open,

    /// <summary>The transport is to be closed.</summary>
    Close,

    /// <summary>A heartbeat of the server.</summary>
    Ping,

    /// <summary>The client's answer to a heartbeat.</summary>
    Pong,

    /// <summary>A message, text or binary.</summary>
    Message,

    /// <summary>The transport is to be changed.</summary>
    Upgrade,

    /// <summary>Nothing.</summary>
    Noop,
}

/// <content>
/// What happens to its sessions. Raised outside all locks, on the thread of the session; what a subscriber throws is logged and counted, and nothing else.
/// </content>
public sealed partial class EngineServer
{
    /// <summary>A session was opened, before anything else is done with it. Must not block.</summary>
    public event Action<EngineSocket>? SessionOpened;

    /// <summary>
    /// A session has ended, and the layers above have heard of it. Raised once for each <see cref="SessionOpened"/>, after its last packet. Must not block.
    /// </summary>
    public event Action<EngineSocket, CloseReason>? SessionClosed;

    /// <summary>
    /// A packet of a client has come to its session, before it is acted upon: messages, pongs (its heartbeat) and the like, with its bytes without
    /// the type. They are valid during the call only. Not for the probe of an upgrade, and not for bytes that are no packet. Must not block: the
    /// session waits. Costs nothing when nobody listens.
    /// </summary>
    public event Action<EngineSocket, EnginePacketType, ReadOnlyMemory<byte>>? PacketReceived;

    /// <summary>A session has changed from polling to WebSocket. As <see cref="EngineSocket.Upgraded"/>, for all sessions.</summary>
    internal event Action<EngineSocket>? SessionUpgraded;

    internal void TellUpgraded(EngineSocket session) =>
        Guard.Raise("session-upgraded", SessionUpgraded, static (handler, session) => handler(session), session);

    internal void TellOpened(EngineSocket session) => Guard.Raise("session-opened", SessionOpened, static (handler, session) => handler(session), session);

    internal void TellClosed(EngineSocket session, CloseReason reason) =>
        Guard.Raise("session-closed", SessionClosed, static (handler, it) => handler(it.session, it.reason), (session, reason));

    internal bool IsReceivedTold => PacketReceived is not null;

    internal void TellReceived(EngineSocket session, EnginePacketType type, ReadOnlyMemory<byte> data)
    {
        if (PacketReceived is { } received)
            Guard.Raise("packet-received", received, static (handler, it) => handler(it.session, it.type, it.data), (session, type, data));
    }
}
