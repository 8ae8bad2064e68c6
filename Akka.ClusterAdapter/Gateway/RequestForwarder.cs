using System.Net;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>Sends requests on to workers over HTTP/1.1, WebSockets included.</summary>
/// <param name="forwarder">Does the copying.</param>
/// <param name="silence">After how much silence in both directions a request is given up.</param>
/// <param name="by">What this process is.</param>
internal sealed class RequestForwarder(IHttpForwarder forwarder, TimeSpan silence, ForwardedBy by) : IDisposable
{
    /// <summary>A worker that is there accepts at once; what does not is a machine that is gone.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly ForwarderRequestConfig _config = new()
    {
        ActivityTimeout = silence,
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = ConnectTimeout,
    });

    /// <summary>Lets a worker answer.</summary>
    /// <returns>None when the client has its answer, or wants none any more; otherwise the caller may answer.</returns>
    public async ValueTask<ForwarderError> SendAsync(HttpContext context, WorkerAddress worker)
    {
        var error = await forwarder.SendAsync(context, worker.Url, _http, _config, new ToWorker(worker, by)).ConfigureAwait(false);
        return context.Response.HasStarted || context.RequestAborted.IsCancellationRequested ? ForwarderError.None : error;
    }

    public void Dispose() => _http.Dispose();

    private sealed class ToWorker(WorkerAddress worker, ForwardedBy by) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
            proxyRequest.Headers.Remove(ForwardHeader.Name);
            proxyRequest.Headers.TryAddWithoutValidation(ForwardHeader.Name, ForwardHeader.Of(httpContext, worker.ForwardToken, by).ToText());
        }
    }
}
