using System.IO.Compression;
using Akka.ClusterAdapter.Engine.Sessions;
using Microsoft.AspNetCore.Http;


namespace Akka.ClusterAdapter.Engine.Polling;

/// <summary>Answers of the polling transport.</summary>
internal static class PollingResponse
{
    private static readonly byte[] Separator = [EngineMessage.Separator];

    /// <summary>A payload: packets with a record separator between them, compressed when it is worth it and the client can read it.</summary>
    public static async Task WriteAsync(HttpContext context, List<OutboundPacket> packets, int? compressFrom)
    {
        var length = packets.Count - 1;
        var mayCompress = false;
        foreach (var packet in packets)
        {
            length = checked(length + packet.Message.Payload.Length);
            mayCompress |= packet.Compress;
        }

        var encoding = mayCompress && length >= compressFrom ? ContentCoding.Choose(context.Request, "gzip", "deflate") : null;
        context.Response.ContentType = "text/plain; charset=UTF-8";
        if (encoding is null)
        {
            SetHeaders(context, length);
            await WritePacketsAsync(context.Response.Body, packets).ConfigureAwait(false);
            return;
        }

        using var compressed = await CompressAsync(packets, encoding).ConfigureAwait(false);
        context.Response.Headers.ContentEncoding = encoding;
        SetHeaders(context, (int)compressed.Length);
        await context.Response.Body.WriteAsync(compressed.GetBuffer().AsMemory(0, (int)compressed.Length)).ConfigureAwait(false);
    }

    /// <summary>The answer to a POST.</summary>
    public static async Task WriteOkAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html";
        SetHeaders(context, 2);
        await context.Response.Body.WriteAsync("ok"u8.ToArray()).ConfigureAwait(false);
    }

    private static void SetHeaders(HttpContext context, int length)
    {
        context.Response.ContentLength = length;
        context.Response.Headers.CacheControl = "no-store";

        // Old Internet Explorers take a payload for a script of the page's own.
        var agent = context.Request.Headers.UserAgent.ToString();
        if (agent.Contains(";MSIE", StringComparison.Ordinal) || agent.Contains("Trident/", StringComparison.Ordinal))
            context.Response.Headers.XXSSProtection = "0";
    }

    private static async Task<MemoryStream> CompressAsync(List<OutboundPacket> packets, string encoding)
    {
        var compressed = new MemoryStream();
        Stream writer = encoding == "gzip"
            ? new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
            await WritePacketsAsync(writer, packets).ConfigureAwait(false);
        return compressed;
    }

    private static async Task WritePacketsAsync(Stream stream, List<OutboundPacket> packets)
    {
        for (var i = 0; i < packets.Count; i++)
        {
            if (i > 0)
                await stream.WriteAsync(Separator).ConfigureAwait(false);
            await stream.WriteAsync(packets[i].Message.Payload).ConfigureAwait(false);
        }
    }
}
