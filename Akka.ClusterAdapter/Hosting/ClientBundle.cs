using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using Akka.ClusterAdapter.Engine.Polling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>The JavaScript client for browsers, read once from a directory and served from memory.</summary>
internal sealed partial class ClientBundle
{
    private static readonly string[] Names = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"];
    private static readonly FrozenSet<string> AllNames = Names.Concat(Names.Select(name => name + ".map")).ToFrozenSet(StringComparer.Ordinal);

    private readonly string? _directory;
    private readonly FrozenDictionary<string, BundleFile> _files;
    private readonly ILogger _logger;

    private ClientBundle(string? directory, FrozenDictionary<string, BundleFile> files, ILogger logger) =>
        (_directory, _files, _logger) = (directory, files, logger);

    /// <summary>Reads the files of the client there are; none when no directory is set.</summary>
    /// <param name="directory">Where the files are.</param>
    /// <param name="logger">Told of files that are asked for and not there.</param>
    /// <exception cref="InvalidOperationException">There is not one of them.</exception>
    public static ClientBundle Load(string? directory, ILogger logger)
    {
        if (directory is null)
            return new ClientBundle(null, FrozenDictionary<string, BundleFile>.Empty, logger);
        var files = new Dictionary<string, BundleFile>(StringComparer.Ordinal);
        foreach (var name in AllNames)
        {
            var file = Path.Combine(directory, name);
            if (File.Exists(file))
                files.Add(name, new BundleFile(File.ReadAllBytes(file), name.EndsWith(".map", StringComparison.Ordinal)));
        }

        if (files.Count == 0)
            throw new InvalidOperationException($"ClientBundleDirectory \"{directory}\" has no socket.io.js or any other file of the client.");
        return new ClientBundle(directory, files.ToFrozenDictionary(StringComparer.Ordinal), logger);
    }

    /// <summary>Serves the files under a path to everybody who may see the host. Any other name, case included, is left to the engine's own endpoint.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path)
    {
        var pattern = RoutePatternFactory.Parse(path.TrimEnd('/') + "/{file}", defaults: null, parameterPolicies: new { file = new IsFileOfTheClient() });
        var endpoint = endpoints.Map(pattern, ServeAsync)
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]))
            .WithDisplayName("Socket.IO client");
        endpoint.AllowAnonymous();
        EndpointRules.NeverCache(endpoint);
        return endpoint;
    }

    private Task ServeAsync(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["file"]!;
        return _files.TryGetValue(name, out var file) ? ServeAsync(context, file) : TellAsync(context, name);
    }

    private Task TellAsync(HttpContext context, string name)
    {
        var remedy = _directory is null
            ? "SocketIOOptions.ClientBundleDirectory is not set: set it to the directory dist of the npm package socket.io-client, "
                + "or let the page load the client from elsewhere."
            : "it is not in SocketIOOptions.ClientBundleDirectory: copy it there from the directory dist of the npm package socket.io-client.";
        Log.NotServed(_logger, name, context.Connection.RemoteIpAddress, remedy);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"{name} is not served: {remedy}\n");
    }

    private static Task ServeAsync(HttpContext context, BundleFile file)
    {
        var response = context.Response;
        response.Headers.CacheControl = "public, max-age=0";
        response.Headers.ETag = file.Tag.ToString();
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(
            known => known.Compare(file.Tag, useStrongComparison: false) || known.Equals(EntityTagHeaderValue.Any)))
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

        /// <summary>
        /// The original puts the version here. A hash changes with the file, whatever the directory's history. As in the original it is the same for every
        /// coding.
        /// </summary>
        public EntityTagHeaderValue Tag { get; } = new($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"");
    }
    /// <summary>Names of the client's files, no others.</summary>
    private sealed class IsFileOfTheClient : IRouteConstraint
    {
        public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            values[routeKey] is string name && AllNames.Contains(name);
    }

    private static partial class Log
    {
        [LoggerMessage(4061, LogLevel.Warning, "{File} was asked for by {Address}, but is not served; {Remedy}", EventName = "ClientFileNotServed")]
        public static partial void NotServed(ILogger logger, string file, IPAddress? address, string remedy);
    }
}
