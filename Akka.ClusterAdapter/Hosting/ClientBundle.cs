using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>The JavaScript client for browsers, read once from a directory and served from memory.</summary>
internal sealed class ClientBundle
{
    private static readonly string[] Names = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"];

    private readonly FrozenDictionary<string, BundleFile> _files;

    private ClientBundle(FrozenDictionary<string, BundleFile> files) => _files = files;

    /// <summary>Reads the files of the client there are; null when no directory is set.</summary>
    /// <param name="directory">Where the files are.</param>
    /// <exception cref="InvalidOperationException">There is not one of them.</exception>
    public static ClientBundle? Load(string? directory)
    {
        if (directory is null)
            return null;
        var files = new Dictionary<string, BundleFile>(StringComparer.Ordinal);
        foreach (var name in Names.Concat(Names.Select(name => name + ".map")))
        {
            var file = Path.Combine(directory, name);
            if (File.Exists(file))
                files.Add(name, new BundleFile(File.ReadAllBytes(file), name.EndsWith(".map", StringComparison.Ordinal)));
        }

        if (files.Count == 0)
            throw new InvalidOperationException($"ClientBundleDirectory \"{directory}\" has no socket.io.js or any other file of the client.");
        return new ClientBundle(files.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Serves the file that the route's last part names; false leaves the request to the engine.</summary>
    public bool TryServe(HttpContext context, out Task served)
    {
        served = Task.CompletedTask;
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return false;
        if (request.RouteValues["rest"] is not string name || !_files.TryGetValue(name, out var file))
            return false;
        served = ServeAsync(context, file);
        return true;
    }

    private static Task ServeAsync(HttpContext context, BundleFile file)
    {
        var response = context.Response;
        response.Headers.CacheControl = "public, max-age=0";
        response.Headers.ETag = file.Tag.ToString();
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(file.Tag, useStrongComparison: false) || known.Equals(EntityTagHeaderValue.Any)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        var coding = ContentCoding.Choose(context.Request, "br", "gzip", "deflate");
        var content = file.In(coding);
        response.ContentType = file.ContentType;
        response.Headers.ContentEncoding = coding;
        response.ContentLength = content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(content).AsTask();
    }

    private sealed class BundleFile(byte[] content, bool isMap)
    {
        private readonly ConcurrentDictionary<string, byte[]> _compressed = new(StringComparer.Ordinal);

        /// <summary>The file in one of the codings, or as it is; each coding is made when first asked for.</summary>
        public ReadOnlyMemory<byte> In(string? coding) => coding is null ? content : _compressed.GetOrAdd(coding, Compress);

        public string ContentType => isMap ? "application/json; charset=utf-8" : "application/javascript; charset=utf-8";

        private byte[] Compress(string coding)
        {
            using var compressed = new MemoryStream();
            using (Stream writer = coding switch
            {
                "br" => new BrotliStream(compressed, CompressionLevel.Optimal, leaveOpen: true),
                "gzip" => new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true),
                _ => new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true),
            })
                writer.Write(content);
            return compressed.ToArray();
        }

        /// <summary>The original puts the version here; a hash changes with the file whatever the directory's history. As there, the same for every coding.</summary>
        public EntityTagHeaderValue Tag { get; } = new($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"");
    }
}
