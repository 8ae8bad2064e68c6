using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

using Akka.ClusterAdapter.Engine.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>
/// The opening handshake of RFC 6455 (HTTP/1.1) and RFC 8441 (HTTP/2), written here because the framework's own would write its pongs past our lock. Where no
/// connection
/// is to be had – an in-memory test host, a middleware that keeps it to itself – the WebSocket that the host accepts will do.
/// </summary>
internal static class WebSocketHandshake
{
    private const string Token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
    private static readonly SearchValues<char> TokenChars = SearchValues.Create(Token);

    /// <summary>Whether the request asks for a WebSocket; any other upgrade is an ordinary request.</summary>
    public static bool IsRequested(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
            return string.Equals(connect.Protocol, "websocket", StringComparison.OrdinalIgnoreCase);

        return IsUpgradable(context)
            ? string.Equals(context.Request.Headers.Upgrade.ToString().Trim(), "websocket", StringComparison.OrdinalIgnoreCase)
            : context.Features.Get<IHttpWebSocketFeature>() is { IsWebSocketRequest: true };
    }

    /// <summary>The method a handshake counts as: an extended CONNECT stands for GET.</summary>
    public static string MethodOf(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } ? HttpMethods.Get : context.Request.Method;

    /// <summary>Whether the request's handshake headers are in order.</summary>
    public static bool IsValid(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!TryGetProtocol(context, out _))
            return false;

        // Who accepts it has looked at the other headers.
        if (!IsHttp2(context) && !IsUpgradable(context))
            return true;
        if (headers.SecWebSocketVersion.ToString() != "13")
            return false;
        if (IsHttp2(context))
            return true;

        Span<byte> key = stackalloc byte[18];
        return headers.SecWebSocketKey is { Count: 1 } keys && keys[0] is { Length: 24 } text
            && Convert.TryFromBase64String(text, key, out var bytes) && bytes == 16;
    }

    /// <summary>Answers 101 (HTTP/2: 200) and gives the connection as a transport.</summary>
    public static async Task<WebSocketTransport> AcceptAsync(HttpContext context, EngineServer server)
    {
        var lifetime = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        if (!IsHttp2(context) && !IsUpgradable(context))
            return new(server, await AcceptElsewhereAsync(context).ConfigureAwait(false), lifetime);

        var deflate = server.Options.PerMessageDeflate ? DeflateNegotiation.Accept(context) : null;
        if (TryGetProtocol(context, out var protocol) && protocol is not null)
            context.Response.Headers.SecWebSocketProtocol = protocol;

        if (IsHttp2(context))
        {
            var accepted = await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync().ConfigureAwait(false);
            return new(server, accepted, PipeWriter.Create(accepted, new(leaveOpen: true)), lifetime, deflate);
        }

        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = AcceptValue(context.Request.Headers.SecWebSocketKey.ToString());
        var upgrade = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
        var stream = await upgrade.UpgradeAsync().ConfigureAwait(false);
        var output = RawOutput(context) ?? PipeWriter.Create(stream, new(leaveOpen: true));
        return new(server, stream, output, lifetime, deflate, RawInput(context, upgrade));
    }

    /// <summary>The connection behind a WebSocket that has it for itself, when the loop reads it.</summary>
    public static LoopConnection? LoopOf(HttpContext context) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) ? context.Features.Get<LoopConnection>() : null;

    private static Task<WebSocket> AcceptElsewhereAsync(HttpContext context)
    {
        TryGetProtocol(context, out var protocol);
        return context.Features.GetRequiredFeature<IHttpWebSocketFeature>().AcceptAsync(new() { SubProtocol = protocol, KeepAliveInterval = TimeSpan.Zero });
    }

    private static bool IsUpgradable(HttpContext context) => context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };

    /// <summary>
    /// The connection's own writer. After a 101 nothing but the WebSocket writes to it, so frames may go there without the response's detour.
    /// </summary>
    private static PipeWriter? RawOutput(HttpContext context) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) ? context.Features.Get<IConnectionTransportFeature>()?.Transport.Output : null;

    /// <summary>The connection's own reader, where nobody stands between the request and the web server: what is read then is what has come.</summary>
    private static PipeReader? RawInput(HttpContext context, IHttpUpgradeFeature upgrade) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) && upgrade.GetType().Assembly == typeof(KestrelServer).Assembly
            ? context.Features.Get<IConnectionTransportFeature>()?.Transport.Input
            : null;

    private static bool IsHttp2(HttpContext context) => context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    // A browser that named subprotocols fails unless one comes back: the first, as in the original.
    private static bool TryGetProtocol(HttpContext context, out string? protocol)
    {
        protocol = null;
        var header = context.Request.Headers[HeaderNames.SecWebSocketProtocol];
        if (header.Count == 0)
            return true;

        protocol = header.ToString().Split(',')[0].Trim(' ', '\t');
        return protocol.Length > 0 && !protocol.AsSpan().ContainsAnyExcept(TokenChars);
    }

#pragma warning disable CA5350 // SHA-1 is what RFC 6455 prescribes; nothing is protected by it.
    private static string AcceptValue(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
}
