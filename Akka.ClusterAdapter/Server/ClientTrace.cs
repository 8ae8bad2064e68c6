using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;

namespace Akka.ClusterAdapter.Server;

/// <summary>What the spans of a connection have in common: where they come from, and whose they are.</summary>
internal static class ClientTrace
{
    private const string Parent = "traceparent";
    private const string State = "tracestate";

    // W3C: more need not be passed on.
    private const int LongestState = 512;

    // An auth payload is parsed by each access, and may be large: once for each socket that is believed, and nothing for the others.
    private static readonly ConditionalWeakTable<Handshake, StrongBox<ActivityContext>> Parents = [];

    /// <summary>
    /// The span that a client says it is part of, in its auth payload or else in the headers of its first request. Nothing unless clients are believed.
    /// </summary>
    public static ActivityContext ParentOf(Handshake handshake, SocketIOOptions options) =>
        options.AcceptTraceContext ? Parents.GetValue(handshake, static handshake => new(Read(handshake))).Value : default;

    private static ActivityContext Read(Handshake handshake)
    {
        var auth = handshake.Auth;
        return auth.ValueKind == JsonValueKind.Object && Text(auth, Parent) is { } parent
            ? Parse(parent, Text(auth, State))
            : Parse(handshake.Headers.GetValueOrDefault(Parent), handshake.Headers.GetValueOrDefault(State));
    }

    /// <summary>Begins the span of a client's CONNECT, as the current one. The caller stops it, in a method that is asynchronous.</summary>
    public static Activity? BeginConnect(SocketIOServer server, EngineSocket connection, Handshake handshake)
    {
        var span = Traces.StartApart(Spans.Connect, ActivityKind.Server, server.Guard, ParentOf(handshake, server.Options));
        if (span is { IsAllDataRequested: true })
            Describe(span, connection, server);
        return span;
    }

    /// <summary>The client's CONNECT was decided.</summary>
    /// <param name="span">Its span; null when nobody wants it.</param>
    /// <param name="ns">The namespace; null when there is none of that name.</param>
    /// <param name="refusal">Why not; null when it was admitted.</param>
    public static void EndConnect(Activity? span, Namespace? ns, ConnectRefusal? refusal)
    {
        if (span is null)
            return;
        span.DisplayName = $"connect {ns?.Kind ?? ServerMetrics.Other}";
        span.SetTag("rpc.system", "socketio").SetTag("rpc.service", ns?.Kind ?? ServerMetrics.Other).SetTag("rpc.method", "connect");
        if (ns is not null)
            span.SetTag("socketio.namespace", ns.Name);
        span.SetTag("socketio.outcome", refusal is null ? EventOutcomes.Completed : EventOutcomes.Refused);
        if (refusal is not null)
            Traces.Fail(span, refusal.Reason);
    }

    /// <summary>Whose connection it is. Its session's id is a secret: only its beginning is told.</summary>
    public static void Describe(Activity span, EngineSocket connection, SocketIOServer server)
    {
        span.SetTag("network.protocol.name", connection.TransportName == TransportNames.WebSocket ? TransportNames.WebSocket : "http");
        span.SetTag("socketio.transport", connection.TransportName)
            .SetTag("socketio.session.id", connection.LogId)
            .SetTag("socketio.worker.id", server.WorkerId);
        if (connection.Request.RemoteAddress is { } address)
            span.SetTag("client.address", address.ToString());
        if (server.Name.Length > 0)
            span.SetTag("socketio.server", server.Name);
    }

    private static ActivityContext Parse(string? parent, string? state) =>
        ActivityContext.TryParse(parent, state is { Length: <= LongestState } ? state : null, isRemote: true, out var context) ? context : default;

    private static string? Text(JsonElement auth, string name) =>
        auth.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
