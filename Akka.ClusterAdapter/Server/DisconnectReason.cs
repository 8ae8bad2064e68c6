namespace Akka.ClusterAdapter.Server;

/// <summary>Why a socket left its namespace.</summary>
public enum DisconnectReason
{
    /// <summary>The client left this namespace (<c>client namespace disconnect</c>).</summary>
    ClientNamespaceDisconnect,

    /// <summary>This server disconnected it (<c>server namespace disconnect</c>).</summary>
    ServerNamespaceDisconnect,

    /// <summary>The connection was closed by the client or the network (<c>transport close</c>).</summary>
    TransportClose,

    /// <summary>The connection broke, or the client could not keep up (<c>transport error</c>).</summary>
    TransportError,

    /// <summary>The client did not answer a ping (<c>ping timeout</c>).</summary>
    PingTimeout,

    /// <summary>The client sent bytes that are no Engine.IO packet (<c>parse error</c>).</summary>
    ParseError,

    /// <summary>The connection was closed after a packet that could not be decoded (<c>forced close</c>).</summary>
    ForcedClose,

    /// <summary>This server closed the whole connection, for a violation of the protocol among others (<c>forced server close</c>).</summary>
    ForcedServerClose,

    /// <summary>The server is going down (<c>server shutting down</c>).</summary>
    ServerShuttingDown,

    /// <summary>The client's token has ended (<c>token expired</c>): see <see cref="SocketIOOptions.DisconnectOnTokenExpiry"/>.</summary>
    TokenExpired,
}

/// <summary>Names of <see cref="DisconnectReason"/> in the words of the original.</summary>
public static class DisconnectReasons
{
    /// <summary>The reason as the original writes it, such as <c>transport close</c>.</summary>
    public static string ToText(this DisconnectReason reason) => reason switch
    {
        DisconnectReason.ClientNamespaceDisconnect => "client namespace disconnect",
        DisconnectReason.ServerNamespaceDisconnect => "server namespace disconnect",
        DisconnectReason.TransportClose => "transport close",
        DisconnectReason.TransportError => "transport error",
        DisconnectReason.PingTimeout => "ping timeout",
        DisconnectReason.ParseError => "parse error",
        DisconnectReason.ForcedClose => "forced close",
        DisconnectReason.ForcedServerClose => "forced server close",
        DisconnectReason.TokenExpired => "token expired",
        _ => "server shutting down",
    };
}

/// <summary>How a socket left its namespace.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Description">
/// What is known besides, for logs: the limit or rule that its client broke, under the name by which it is counted (<c>message-too-large</c>,
/// <c>slow-reader</c>), or a few words. Null when the reason says it all. No part of the protocol: the texts may change.
/// </param>
public sealed record Disconnection(DisconnectReason Reason, string? Description = null)
{
    /// <summary>The reason as the original writes it, and the description when there is one.</summary>
    public override string ToString() => Description is null ? Reason.ToText() : $"{Reason.ToText()} ({Description})";
}
