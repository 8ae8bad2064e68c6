namespace Akka.ClusterAdapter.Server;

/// <summary>How far a socket is in its life.</summary>
internal enum SocketState
{
    /// <summary>Middlewares are deciding.</summary>
    Connecting,

    /// <summary>Admitted; the connection handlers are being started, events wait for them.</summary>
    Opening,

    /// <summary>Events are dispatched as they come.</summary>
    Connected,

    /// <summary>Left or refused.</summary>
    Closed,
}
