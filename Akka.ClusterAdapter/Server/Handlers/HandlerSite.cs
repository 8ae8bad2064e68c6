namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>What calls a handler: it decides what its parameters may be and where its result goes.</summary>
internal enum HandlerSite
{
    /// <summary>An event of a client.</summary>
    Event,

    /// <summary>An event of another worker.</summary>
    ServerSide,

    /// <summary>A client was admitted.</summary>
    Connection,

    /// <summary>A client leaves or has left.</summary>
    Disconnect,
}
