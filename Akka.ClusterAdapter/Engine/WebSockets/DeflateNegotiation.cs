using System.Globalization;
using System.Net.WebSockets;

using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>
/// Accepts the first acceptable offer of permessage-deflate (RFC 7692), always without context takeover: a compression window per client would cost
/// more memory than the traffic it saves.
/// </summary>
internal static class DeflateNegotiation
{
    private const int MaxOffers = 16;

    /// <summary>The options agreed on, with the response header set; null when nothing acceptable was offered.</summary>
    public static WebSocketDeflateOptions? Accept(HttpContext context)
    {
        foreach (var offer in context.Request.Headers[HeaderNames.SecWebSocketExtensions].ToString().Split(',').Take(MaxOffers))
        {
            if (Parse(offer) is not { } options)
                continue;

            var bits = options.ServerMaxWindowBits == 15
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $"; server_max_window_bits={options.ServerMaxWindowBits}");
            context.Response.Headers[HeaderNames.SecWebSocketExtensions] = $"permessage-deflate; server_no_context_takeover; client_no_context_takeover{bits}";
            return options;
        }

        return null;
    }

    private static WebSocketDeflateOptions? Parse(string offer)
    {
        var parts = offer.Split(';', StringSplitOptions.TrimEntries);
        if (parts[0] != "permessage-deflate" || parts.Distinct().Count() != parts.Length)
            return null;

        var options = new WebSocketDeflateOptions { ServerContextTakeover = false, ClientContextTakeover = false };
        foreach (var part in parts.Skip(1))
        {
            var (name, value) = part.Split('=', 2) is [var n, var v] ? (n.Trim(), v.Trim(' ', '"')) : (part, null);
            switch (name)
            {
                case "server_no_context_takeover" or "client_no_context_takeover" when value is null:
                case "client_max_window_bits" when value is null || IsWindow(value, out _):
                    break;
                case "server_max_window_bits" when value is not null && IsWindow(value, out var bits):
                    options.ServerMaxWindowBits = bits;
                    break;
                default:
                    return null;
            }
        }

        return options;
    }

    // zlib has no window of 8 bits.
    private static bool IsWindow(string text, out int bits) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits is >= 9 and <= 15;
}
