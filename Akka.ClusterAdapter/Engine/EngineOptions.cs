using System.ComponentModel.DataAnnotations;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Http;


namespace Akka.ClusterAdapter.Server;

/// <summary>Settings of an Engine.IO server; read once, when the server is made.</summary>
public class EngineOptions : IValidatableObject
{
    /// <summary>Time between a client's pong and the next ping, told to the client. Default 25 s; 1 ms to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a pong may take before the session ends as <see cref="CloseReason.PingTimeout"/>, told to the client. Default 20 s; 1 ms to 1 day.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a WebSocket that asks to take the place of polling may be without its probe before it is closed; the session goes on with polling. One whose
    /// probe was answered stays, for its client would stand still without it; after this time it holds up nothing. Default 10 s; 1 ms to 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a WebSocket message may take from its first byte to its last; a slower one ends the session as <see cref="CloseReason.TransportError"/>. A
    /// Socket.IO packet may wait as long for its attachments, whatever the transport. Default 30 s; 1 ms to 1 day.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MessageTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Largest POST body and largest WebSocket message accepted, in bytes, told to the client. Default 1,000,000; 1 to 536,870,911. A larger one ends the
    /// session as <see cref="CloseReason.TransportError"/>.
    /// </summary>
    [Range(1, int.MaxValue / 4)]
    public int MaxPayload { get; set; } = 1_000_000;

    /// <summary>
    /// Most bytes that incomplete messages of all clients may hold together: WebSocket messages and POST bodies whose end is not here yet, Socket.IO packets
    /// that wait for attachments.
    /// Beyond, the one that began first goes, and its session ends as <see cref="CloseReason.TransportError"/>. Default 268,435,456, but never less than four
    /// times <see cref="MaxPayload"/>.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long MaxIncompleteBytes { get; set; } = 268_435_456;

    /// <summary>
    /// Most packets in one POST body. Default 10,000: the official client puts all that was emitted in one go into one body. More end the session as
    /// <see cref="CloseReason.TransportError"/>.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxPacketsPerPayload { get; set; } = 10_000;

    /// <summary>
    /// Most bytes waiting for one client. Default 4,000,000. A message is always accepted when nothing else waits; beyond, the session ends as
    /// <see cref="CloseReason.TransportError"/>.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxOutboundBytes { get; set; } = 4_000_000;

    /// <summary>
    /// Most messages waiting for one client; one with attachments counts once. Default 16,384. Beyond, the session ends as
    /// <see cref="CloseReason.TransportError"/>.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxOutboundPackets { get; set; } = 16_384;

    /// <summary>
    /// Most sessions on this worker; further handshakes are answered 503, unless a session that has joined nothing can give way. Default 0: no limit.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int MaxSessions { get; set; }

    /// <summary>
    /// Most sessions of one client address on this worker; further handshakes from there are answered 429. IPv6 addresses count by their first 64 bits.
    /// Default 0: no limit.
    /// </summary>
    /// <remarks>Behind a proxy, let the forwarded-headers middleware find the client's address first; otherwise all clients share the proxy's.</remarks>
    [Range(0, int.MaxValue)]
    public int MaxSessionsPerAddress { get; set; }

    /// <summary>
    /// Most handshakes a second from one client address to this worker; further ones are answered 429. See <see cref="MaxSessionsPerAddress"/> on addresses.
    /// Default 0: no limit.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int MaxHandshakesPerSecond { get; set; }

    /// <summary>
    /// Handshakes from one client address that may come at once. Default 0: as many as <see cref="MaxHandshakesPerSecond"/> allows in a second, which is also
    /// the least.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int MaxHandshakeBurst { get; set; }

    /// <summary>
    /// Packets one client may send a second, WebSocket frames or packets of a POST. A faster client is read more slowly; nothing is lost, nobody is closed.
    /// Default 0: no limit.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int MaxPacketsPerSecond { get; set; }

    /// <summary>
    /// Packets one client may send at once. Default 0: as many as <see cref="MaxPacketsPerSecond"/> allows in a second, which is also the least.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int MaxPacketBurst { get; set; }

    /// <summary>
    /// Bytes of packets one client may send a second, and at once, but never less at once than <see cref="MaxPayload"/>. A faster client is read more slowly.
    /// Default 0: no limit.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int MaxBytesPerSecond { get; set; }

    /// <summary>
    /// Answers to WebSocket pings of one client in a second. More cut the connection, which ends the session as <see cref="CloseReason.TransportError"/>;
    /// honest clients send none. Default 100.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxPongsPerSecond { get; set; } = 100;

    /// <summary>Transports offered: <c>polling</c>, <c>websocket</c>. Default both.</summary>
    [Required, MinLength(1)]
    public string[] Transports { get; set; } = [TransportNames.Polling, TransportNames.WebSocket];

    /// <summary>Whether the handshake invites a polling client to change to WebSocket. Default true.</summary>
    public bool AllowUpgrades { get; set; } = true;

    /// <summary>
    /// Asked before each new session (not for later requests of a session): null admits, a text refuses with 403 and that text (when empty,
    /// with <c>Forbidden</c>). An exception is logged and refuses. Default null: everybody is admitted.
    /// </summary>
    public Func<HttpContext, ValueTask<string?>>? AllowRequest { get; set; }

    /// <summary>A text message sent right behind the handshake. Default null: none.</summary>
    public string? InitialPacket { get; set; }

    /// <summary>The cookie that carries the session id. Default null: none.</summary>
    public EngineCookie? Cookie { get; set; }

    /// <summary>Smallest polling answer that is compressed, in bytes; null turns compression off. Default 1,024.</summary>
    [Range(0, int.MaxValue)]
    public int? HttpCompressionThreshold { get; set; } = 1_024;

    /// <summary>
    /// Whether WebSocket messages of 1,024 bytes and more are compressed when the client offers permessage-deflate. Costs time per client, since nothing
    /// encoded is shared then. <see cref="MaxPayload"/> counts the bytes after decompression. Default false.
    /// </summary>
    public bool PerMessageDeflate { get; set; }

    /// <summary>
    /// How many times its size on the wire a compressed WebSocket message may have; JSON is 5 to 20 times smaller when compressed. 65,536 bytes more are
    /// free, at once and in
    /// each second: a client that needs more of these is read more slowly, one message that needs more ends the session as
    /// <see cref="CloseReason.TransportError"/>. Default 64; 1 to 1,100 (no message has more).
    /// </summary>
    [Range(1, 1_100)]
    public int MaxInflation { get; set; } = 64;

    /// <summary>
    /// Whether answers and WebSocket messages are written straight to the connection's socket, which costs less per message; on Linux and macOS, over
    /// HTTP/1.1 without TLS, while no other endpoint has
    /// answered on the connection before. Other endpoints never notice. False: all goes through the web server's own transport; in <c>AddSocketIO</c>'s
    /// settings, for the whole process. Default true.
    /// </summary>
    public bool DirectWrites { get; set; } = true;

    /// <summary>
    /// Keeps what a connection needs of its first HTTP request after that request: what is put into the items is <see cref="Handshake.Items"/>
    /// from then on, for as long as the connection lives. Called once for each new session, on the worker that will own it, after the
    /// application's middleware, <see cref="AllowRequest"/> and the limits, and before the request is answered; not for later polls, nor for the
    /// change to WebSocket. Default null: the items are empty.
    /// </summary>
    /// <remarks>
    /// Keep values, not the <see cref="HttpContext"/>, its features, its session or services of its scope: over polling the request ends at
    /// once, and its objects serve another one then. What it throws is logged and counted (<c>failed.OnHandshake</c>), and the handshake is
    /// refused with 403. Nothing disposes of what is kept.
    /// </remarks>
    public Func<HttpContext, IDictionary<string, object?>, ValueTask>? OnHandshake { get; set; }

    /// <summary>Most sessions whose handler has not settled them (<see cref="EngineSocket.Settle"/>); 0: no limit, and none is ever unsettled.</summary>
    internal virtual int MaxUnsettledSessions => 0;

    /// <summary>A copy that nobody else can change: a server runs with the settings it was started with (docs/decisions/0057).</summary>
    internal EngineOptions Snapshot()
    {
        var copy = (EngineOptions)MemberwiseClone();
        copy.Transports = (string[])Transports?.Clone()!;
        return copy;
    }

    /// <summary>Name of the setting behind <see cref="MaxUnsettledSessions"/>.</summary>
    internal virtual string UnsettledLimitName => "";

    /// <summary>The checks that span several settings.</summary>
    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        foreach (var name in Transports ?? [])
            if (name is not (TransportNames.Polling or TransportNames.WebSocket))
                yield return new($"Transport \"{name}\" is unknown; known are \"polling\" and \"websocket\".", [nameof(Transports)]);

        if (PingInterval + PingTimeout < TimeSpan.FromMilliseconds(20))
            yield return new("PingInterval and PingTimeout together must be at least 20 ms.", [nameof(PingInterval), nameof(PingTimeout)]);
        if (InitialPacket?.Length > MaxOutboundBytes)
            yield return new("InitialPacket must fit into MaxOutboundBytes.", [nameof(InitialPacket)]);
        if (Cookie?.WhatIsWrong is { } problem)
            yield return new(problem, [nameof(Cookie)]);
    }
}
