namespace Akka.ClusterAdapter.Server;

/// <summary>Why a session ended.</summary>
public enum CloseReason
{
    /// <summary>The client closed it, or its connection ended.</summary>
    TransportClose,

    /// <summary>The connection broke, a limit was exceeded, or the client could not keep up.</summary>
    TransportError,

    /// <summary>The client did not answer a ping in time.</summary>
    PingTimeout,

    /// <summary>The client sent bytes that are no Engine.IO packet.</summary>
    ParseError,

    /// <summary>The server closed it.</summary>
    ForcedClose,
}
