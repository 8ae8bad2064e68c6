using System.Net;
using Akka.ClusterAdapter.Engine.Relaying;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>One request to a worker and its answer: what is changed on the way.</summary>
/// <param name="worker">Who shall answer.</param>
/// <param name="by">What this process is to the worker.</param>
/// <param name="mayBusy">False keeps the worker's own 503 from the client.</param>
/// <param name="encodings">How this process writes headers.</param>
/// <param name="logger">Is told, before the answer goes out, which of its headers this process cannot send.</param>
internal sealed partial class WorkerExchange(WorkerAddress worker, ForwardedBy by, bool mayBusy, HeaderEncodings encodings, ILogger logger) : HttpTransformer
{
    private int _status;

    /// <summary>The worker has said that it takes no new sessions, and its answer was kept from the client.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Whether the worker's answer stands, although the request's body was not read to its end: the worker did not want more.</summary>
    public bool IsAnswered(HttpContext context, ForwarderError error) =>
        error is ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyDestination
        && _status > 0 && context.Response.StatusCode == _status;

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        proxyRequest.RequestUri = UrlOf(httpContext, destinationPrefix);
        if (!RequestBodies.IsSent(httpContext))
            proxyRequest.Content?.Headers.Remove("Content-Length");
        proxyRequest.Headers.Remove(ForwardHeader.Name);
        proxyRequest.Headers.TryAddWithoutValidation(ForwardHeader.Name, ForwardHeader.Of(httpContext, worker.ForwardToken, by, worker.Server).ToText());
    }

    // As the client wrote it: put into order, its query would be another one. Left to the forwarder where it has what no request's line may have; then the
    // application has written it.
    private Uri? UrlOf(HttpContext context, string destinationPrefix)
    {
        var query = context.Request.QueryString.Value ?? "";
        return query.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? null
            : new Uri(string.Concat(destinationPrefix, PathOf(context), query), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    /// <summary>
    /// Another worker's pipeline is the same as this one's and begins with the path that came from outside: what <c>UsePathBase</c>, <c>Map</c> and the
    /// rewriting of URLs make of it here, they make of it there. For everybody else it is the path without its base.
    /// </summary>
    private string PathOf(HttpContext context)
    {
        var target = by == ForwardedBy.LeavingWorker ? context.Features.Get<IHttpRequestFeature>()?.RawTarget : null;
        if (target is not ['/', ..])
            return context.Request.Path.ToUriComponent();
        var path = target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var end ? target[..end] : target;
        return path.AsSpan().ContainsAnyExceptInRange('!', '~') ? context.Request.PathBase.Add(context.Request.Path).ToUriComponent() : path;
    }

    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
            return new(false);
        var isMarked = proxyResponse.Headers.Remove(BusyMark.Header);
        IsBusy = !mayBusy && isMarked && proxyResponse.StatusCode == HttpStatusCode.ServiceUnavailable;
        if (IsBusy)
            return new(false);
        if (encodings.Drop(proxyResponse.Headers, proxyResponse.Content.Headers) is { } names)
            Log.HeadersDropped(logger, string.Join(", ", names), worker.Id);
        _status = (int)proxyResponse.StatusCode;
        return base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(3021, LogLevel.Warning, "Headers {Names} of an answer of worker {Worker} were left out, for this process can send ASCII only. Set "
            + "KestrelServerOptions.ResponseHeaderEncodingSelector here as it is set there.")]
        public static partial void HeadersDropped(ILogger logger, string names, string worker);
    }
}
