using System.Net;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Relaying;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>Sends requests on to workers over HTTP/1.1, WebSockets included.</summary>
internal sealed partial class RequestForwarder : IDisposable
{
    /// <summary>A worker that is there accepts at once; what does not is a machine that is gone.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly IHttpForwarder _copier = CreateCopier();
    private readonly ForwarderRequestConfig _config;
    private readonly HeaderEncodings _encodings;
    private readonly HttpMessageInvoker _http;
    private readonly ILogger _logger;

    /// <param name="silence">After how much silence in both directions a request is given up.</param>
    /// <param name="kestrel">The web server's settings: how it reads and writes headers.</param>
    /// <param name="loggers">Where to log.</param>
    public RequestForwarder(TimeSpan silence, KestrelServerOptions kestrel, ILoggerFactory loggers)
    {
        _config = new() { ActivityTimeout = silence, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        _encodings = new(kestrel);
        _logger = CarefulLoggers.Of(loggers, TimeProvider.System).CreateLogger<RequestForwarder>();
        _http = new(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = UnixSocketUrl.ConnectAsync,
            RequestHeaderEncodingSelector = (name, _) => _encodings.OfRequest(name),
            ResponseHeaderEncodingSelector = (name, _) => _encodings.OfResponse(name),
        });
    }

    /// <summary>Lets a worker answer. A client whose request is at fault gets its answer here.</summary>
    /// <param name="context">The request. The body of a GET says nothing and stays here, so that another worker can be asked afterwards.</param>
    /// <param name="worker">Who shall answer.</param>
    /// <param name="by">What this process is to the worker.</param>
    /// <param name="mayBusy">False keeps the worker's own 503 from the client, so that another worker can be asked.</param>
    /// <returns>When it is not <see cref="ForwardVerdict.Answered"/>, the caller may answer.</returns>
    public async ValueTask<ForwardOutcome> SendAsync(HttpContext context, WorkerAddress worker, ForwardedBy by, bool mayBusy = true)
    {
        RequestBodies.Prepare(context, worker.MaxPayload);
        var exchange = new WorkerExchange(worker, by, mayBusy, _encodings, _logger);
        var error = await _copier.SendAsync(context, worker.RequestUrl, _http, _config, exchange).ConfigureAwait(false);
        if (exchange.IsBusy)
            return new(ForwardVerdict.Busy, "it takes no new sessions");
        if (error == ForwarderError.None)
            return default;

        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        Log.Failed(_logger, worker.Id, error, exception?.GetBaseException().Message);
        return context.Response.HasStarted || context.RequestAborted.IsCancellationRequested || exchange.IsAnswered(context, error)
            ? default
            : Judge(context, error, exception);
    }

    /// <summary>Asks a worker to answer the poll that it was sent.</summary>
    public async Task ReleaseAsync(string sid, WorkerAddress worker)
    {
        using var request = AboutLeaving(sid, worker);
        await AskAsync(request).ConfigureAwait(false);
    }

    /// <summary>Asks a worker to end a session in the middle of its upgrade; true when it does.</summary>
    public async Task<bool> LetUpgradeGoAsync(string sid, WorkerAddress worker)
    {
        using var request = AboutLeaving(sid, worker);
        request.Headers.TryAddWithoutValidation(LeavingMark.Header, LeavingMark.WebSocket);
        return await AskAsync(request).ConfigureAwait(false) == HttpStatusCode.Accepted;
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage AboutLeaving(string sid, WorkerAddress worker)
    {
        var request = new HttpRequestMessage(HttpMethod.Delete, $"{worker.RequestUrl}/?EIO=4&transport=polling&sid={sid}") { Version = HttpVersion.Version11 };
        request.Headers.TryAddWithoutValidation(
            ForwardHeader.Name, new ForwardHeader(worker.ForwardToken, ForwardedBy.Worker, null, 0, worker.Url.Split(':')[0], worker.Server).ToText());
        return request;
    }

    private async Task<HttpStatusCode?> AskAsync(HttpRequestMessage request)
    {
        using var limit = new CancellationTokenSource(ConnectTimeout);
        try
        {
            using var answer = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
            return answer.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // It is gone, and the session with it.
            return null;
        }
    }

    private static ForwardOutcome Judge(HttpContext context, ForwarderError error, Exception? exception)
    {
        if (ForwardOutcome.ClientsFault(error, exception) is not { } status)
            return ForwardOutcome.Of(error, exception);
        context.Response.StatusCode = status;
        return default;
    }

    // One of our own, apart from the application's: its log is for operators of proxies, and writes a stack trace for each request that a client breaks off.
    private static IHttpForwarder CreateCopier() => new ServiceCollection()
        .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
        .AddHttpForwarder()
        .BuildServiceProvider()
        .GetRequiredService<IHttpForwarder>();

    private static partial class Log
    {
        [LoggerMessage(3011, LogLevel.Debug, "A request that was sent on to worker {Worker} failed ({Error}: {Reason}).", EventName = "ForwardedRequestFailed")]
        public static partial void Failed(ILogger logger, string worker, ForwarderError error, string? reason);
    }
}
