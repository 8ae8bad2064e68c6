using System.Net;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>Sends requests on to workers over HTTP/1.1, WebSockets included.</summary>
/// <param name="forwarder">Does the copying.</param>
/// <param name="silence">After how much silence in both directions a request is given up.</param>
internal sealed class RequestForwarder(IHttpForwarder forwarder, TimeSpan silence) : IDisposable
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
        ConnectCallback = UnixSocketUrl.ConnectAsync,
    });

    /// <summary>Lets a worker answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="worker">Who shall answer.</param>
    /// <param name="by">What this process is to the worker.</param>
    /// <param name="mayBusy">False keeps a 503 from the client, so that another worker can be asked.</param>
    /// <returns>None when the client has its answer, or wants none any more; otherwise the caller may answer.</returns>
    public async ValueTask<ForwarderError> SendAsync(HttpContext context, WorkerAddress worker, ForwardedBy by, bool mayBusy = true)
    {
        var exchange = new ToWorker(worker, by, mayBusy);
        var error = await forwarder.SendAsync(context, worker.RequestUrl, _http, _config, exchange).ConfigureAwait(false);
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return ForwarderError.None;
        return exchange.IsBusy ? ForwarderError.NoAvailableDestinations : error;
    }

    /// <summary>Asks a worker to answer the poll that it was sent.</summary>
    public async Task ReleaseAsync(string sid, WorkerAddress worker)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{worker.RequestUrl}/?EIO=4&transport=polling&sid={sid}") { Version = HttpVersion.Version11 };
        request.Headers.TryAddWithoutValidation(ForwardHeader.Name, new ForwardHeader(worker.ForwardToken, ForwardedBy.Worker, null, 0, worker.Url.Split(':')[0]).ToText());
        using var limit = new CancellationTokenSource(ConnectTimeout);
        try
        {
            using var answer = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // It is gone, and the poll with it.
        }
    }

    public void Dispose() => _http.Dispose();

    private sealed class ToWorker(WorkerAddress worker, ForwardedBy by, bool mayBusy) : HttpTransformer
    {
        public bool IsBusy { get; private set; }

        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
            proxyRequest.Headers.Remove(ForwardHeader.Name);
            proxyRequest.Headers.TryAddWithoutValidation(ForwardHeader.Name, ForwardHeader.Of(httpContext, worker.ForwardToken, by).ToText());
        }

        public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
        {
            IsBusy = !mayBusy && proxyResponse?.StatusCode == HttpStatusCode.ServiceUnavailable;
            return IsBusy ? new(false) : base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }
    }
}
