using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Settings of a Socket.IO server; those of its connections are inherited. Checked and copied when the server is made, which <c>MapSocketIO</c> does:
/// what is changed later has no effect.
/// </summary>
public class SocketIOOptions : EngineOptions
{
    internal const string DefaultPath = "/socket.io";

    /// <summary>
    /// Path the server answers under. Default <c>/socket.io</c>; a slash at the end makes no difference. For a named server <c>MapSocketIO</c> gives it.
    /// </summary>
    [Required]
    [RegularExpression("^/.*", ErrorMessage = "Path must begin with a slash.")]
    public string Path { get; set; } = DefaultPath;

    /// <summary>How long a connection may stay without joining a namespace before it is closed. Default 45 s; 1 ms to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// Most connections that have not joined a namespace yet, on this worker. Default 10,000; 0: no limit. They are shared out by client address
    /// (IPv6: by its first 64 bits): where all are taken, a newcomer takes the place of the oldest connection of the address that has far more than
    /// its own, or of any that has joined nothing for 5 s. Where there is none, the handshake is answered 429 when the newcomer's own address is the
    /// one that has many, and otherwise 503, until some have joined or left.
    /// </summary>
    /// <remarks>
    /// Behind a proxy, let the forwarded-headers middleware find the client's address first; otherwise all clients share the proxy's, and only the 5
    /// s help them against each other.
    /// </remarks>
    [Range(0, int.MaxValue)]
    public int MaxUnconnectedClients { get; set; } = 10_000;

    internal override int MaxUnsettledSessions => MaxUnconnectedClients;

    internal override string UnsettledLimitName => nameof(MaxUnconnectedClients);

    /// <summary>
    /// How arguments become JSON and back. Also for the data of sockets and for server-side events. Default: web conventions (camelCase), relaxed
    /// escaping. With a <see cref="Parser"/> they are given to that one; setting both is an error at the start.
    /// </summary>
    public JsonSerializerOptions? JsonSerializerOptions { get; set; }

    /// <summary>The parser; null (the default) is JSON. Clients must use the same one.</summary>
    public IPacketParser? Parser { get; set; }

    /// <summary>
    /// How long the acknowledgement of a single client is waited for when the call does not say. Default 30 s; 1 ms to 1 day. (Broadcasts wait 30 s
    /// unless the call says otherwise.)
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan AckTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Authentication scheme of the application, such as <c>Bearer</c>, that is asked for the user of a client with a token in its auth payload
    /// (<c>io(url, { auth: { token } })</c>), when it connects to a namespace. <see cref="Socket.User"/> is what it says. A token that is not accepted is
    /// refused with <c>unauthorized</c>; without a token the user remains that of the first request. Default null: tokens are left to the application.
    /// </summary>
    public string? TokenScheme { get; set; }

    /// <summary>
    /// True disconnects a socket (<see cref="DisconnectReason.TokenExpired"/>; its client does not reconnect by itself) when the token that
    /// <see cref="TokenScheme"/> accepted has ended and was not renewed (<see cref="Socket.AuthenticateAsync"/>). Default false: a connection lives on, as with
    /// SignalR.
    /// </summary>
    public bool DisconnectOnTokenExpiry { get; set; }

    /// <summary>
    /// True acknowledges a client's event that failed with <c>{ "error": { "message": …, "code": … } }</c>: its arguments do not fit
    /// (<c>invalid_arguments</c>), nobody handles it (<c>unknown_event</c>), its handler threw (<c>failed</c>, without the exception's text). Default false:
    /// such an event is not acknowledged, as with the original, and the client's own time-out tells. What a handler throws as an
    /// <see cref="EventException"/>, and what was not allowed, is answered always.
    /// </summary>
    public bool AckErrors { get; set; }

    /// <summary>
    /// True makes the spans of a connection part of the trace that its client names: <c>traceparent</c> (and <c>tracestate</c>) of W3C in its auth payload, or
    /// in the headers of its first request. Default false: a stranger could give its events to any trace, and have each of them recorded. For clients that are
    /// one's own services, or an edge that takes the headers of others away.
    /// </summary>
    public bool AcceptTraceContext { get; set; }

    /// <summary>
    /// True opens a scope of the log around handlers of a socket: <c>SocketId</c>, <c>Namespace</c>, the beginning of <c>SessionId</c> and
    /// <c>WorkerId</c> on what the application logs there, where its log shows scopes. Default false: a scope costs some 300 bytes for
    /// each event, whether anything is logged or not.
    /// </summary>
    public bool LogScopes { get; set; }

    /// <summary>
    /// Most acknowledgements one socket may owe; a further event that asks for one fails at once (<see cref="InvalidOperationException"/>; in a
    /// broadcast the client counts as lost). Default 1,000.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxPendingAcks { get; set; } = 1_000;

    /// <summary>
    /// Most rooms of one socket, its own included; joining more is an <see cref="InvalidOperationException"/> (logged, when another worker made it
    /// join). Default 1,000.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxRoomsPerSocket { get; set; } = 1_000;

    /// <summary>
    /// Longest room name, in characters; a longer one is an <see cref="ArgumentException"/> when a socket joins. Default 256; at least 20, the length
    /// of a socket's id.
    /// </summary>
    [Range(20, int.MaxValue)]
    public int MaxRoomNameLength { get; set; } = 256;

    /// <summary>Longest event name accepted from a client, in characters; an event with a longer one is dropped. Default 256.</summary>
    [Range(1, int.MaxValue)]
    public int MaxEventNameLength { get; set; } = 256;

    /// <summary>Longest namespace name accepted from a client, in characters; a longer one closes the connection. Default 256.</summary>
    [Range(1, int.MaxValue)]
    public int MaxNamespaceLength { get; set; } = 256;

    /// <summary>
    /// Most binary values of one packet from a client, whatever the parser; more close the connection. Default 10, what clients with the JSON parser
    /// themselves accept; 0 to 10.
    /// </summary>
    [Range(0, 10)]
    public int MaxAttachments { get; set; } = 10;

    /// <summary>Deepest nesting of arrays and objects in a packet from a client; a deeper one is dropped. Default 64; 1 to 1,000.</summary>
    [Range(1, 1_000)]
    public int MaxDepth { get; set; } = 64;

    /// <summary>
    /// Largest auth payload of a client, in bytes of JSON; a larger one is refused with a connect error. It is kept for as long as the socket is
    /// there, so a connection's payloads come to this times <see cref="MaxNamespacesPerConnection"/> at most. Default 32,768.
    /// </summary>
    [Range(2, int.MaxValue)]
    public int MaxAuthBytes { get; set; } = 32_768;

    /// <summary>Most namespaces one connection may join; a further one is refused with a connect error. Default 32.</summary>
    [Range(1, int.MaxValue)]
    public int MaxNamespacesPerConnection { get; set; } = 32;

    /// <summary>
    /// Most namespaces made from patterns and predicates for clients of this worker; a further one is refused with a connect error. No address (of
    /// IPv6 the first 64 bits) may hold more of them than are still free: a single one gets half of them at most. A namespace counts once a client
    /// was admitted to it; one that nobody was admitted to goes at once. Default 10,000.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxDynamicNamespaces { get; set; } = 10_000;

    /// <summary>
    /// True removes a namespace made from a pattern when its last socket leaves (with connection state recovery: when none of its clients can come
    /// back any more), unless it was given handlers or middlewares of its own since it was made. Default true; the original's is false. Listeners of
    /// its adapter go with it.
    /// </summary>
    public bool CleanupEmptyChildNamespaces { get; set; } = true;

    /// <summary>
    /// Lets clients that lost their connection for a while find their rooms, their data and what they missed, on the worker that served them;
    /// elsewhere they begin anew. Each recorded event has one more argument on the wire, its offset. Default null: off.
    /// </summary>
    [ValidateObjectMembers]
    public SessionStoreOptions? ConnectionStateRecovery { get; set; }

    /// <summary>
    /// Directory with the <c>dist</c> files of npm's <c>socket.io-client</c>, served under <see cref="Path"/> as the original does: <c>socket.io.js</c>,
    /// <c>socket.io.min.js</c>, <c>socket.io.esm.min.js</c>, <c>socket.io.msgpack.min.js</c> and their maps. Default null: none is served, who asks
    /// for one is told with 404. Read once, at the start; compressed (br, gzip, deflate) for clients that accept it.
    /// Not part of this package: the client has its own releases, and which one a page uses is the page's choice.
    /// </summary>
    public string? ClientBundleDirectory { get; set; }

    /// <summary>
    /// Whether one thread reads the connections of all clients and runs their handlers, as in Node.js: a message that comes alone wakes no other thread, and
    /// costs less. Handlers of clients over WebSockets must not block then; when one does, another thread goes on with the rest, which is counted and
    /// warned of. Requests over HTTP, polling among them, and other endpoints run in the thread pool as ever. Needs Linux; in <c>AddSocketIO</c>'s settings,
    /// for the whole process. In a cluster <c>akka.cluster-adapter.loop = clients</c> says the same, and of handlers of server-side events as well. Default
    /// false.
    /// </summary>
    public bool LoopReads { get; set; }

    internal PacketDecoderLimits DecoderLimits() => new()
    {
        MaxAttachments = MaxAttachments,
        MaxPacketBytes = MaxPayload,
        MaxDepth = MaxDepth,
        MaxEventNameLength = MaxEventNameLength,
        MaxNamespaceLength = MaxNamespaceLength,
    };
}
