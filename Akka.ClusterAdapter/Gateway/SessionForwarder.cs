using System.Net;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>Forwards requests to the workers that own their sessions: one hop, never two.</summary>
internal sealed partial class SessionForwarder : ISessionRouter, IDisposable
{
    /// <summary>A worker that is there accepts at once; what does not is a machine that is gone.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly IHttpForwarder _forwarder;
    private readonly WorkerDirectory _directory;
    private readonly ForwarderRequestConfig _config;
    private readonly ILogger _logger;
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = ConnectTimeout,
    });

    public SessionForwarder(IHttpForwarder forwarder, WorkerDirectory directory, EngineOptions options, ILoggerFactory loggers)
    {
        _forwarder = forwarder;
        _directory = directory;
        _logger = loggers.CreateLogger<SessionForwarder>();
        _config = new ForwarderRequestConfig
        {
            // The longest silence of a living session is the one between two pings.
            ActivityTimeout = options.PingInterval + options.PingTimeout + TimeSpan.FromSeconds(10),
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <inheritdoc/>
    public bool Knows(int tag) => _directory.Find(tag) is not null;

    /// <inheritdoc/>
    public async ValueTask<bool> TryForwardAsync(HttpContext context, int tag)
    {
        if (_directory.Find(tag) is not { } owner)
            return false;
        var error = await _forwarder.SendAsync(context, owner.Url, _http, _config, new ToOwner(owner)).ConfigureAwait(false);
        if (error == ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return true;
        Log.OwnerSilent(_logger, owner.Id, error);
        return false;
    }

    public void Dispose() => _http.Dispose();

    private sealed class ToOwner(WorkerAddress owner) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
            proxyRequest.Headers.Remove(ForwardHeader.Name);
            proxyRequest.Headers.TryAddWithoutValidation(ForwardHeader.Name, ForwardHeader.Of(httpContext, owner.ForwardToken).ToText());
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Worker {Worker} did not answer a forwarded request ({Error}); the client is told that its session is unknown.")]
        public static partial void OwnerSilent(ILogger logger, string worker, ForwarderError error);
    }
}
