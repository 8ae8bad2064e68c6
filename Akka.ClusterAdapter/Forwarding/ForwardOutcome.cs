using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>What became of a request that was sent on to a worker.</summary>
internal enum ForwardVerdict
{
    /// <summary>The client has its answer, its own fault included, or wants none any more.</summary>
    Answered,

    /// <summary>The worker says that it takes no new sessions now.</summary>
    Busy,

    /// <summary>No connection to the worker came about. No client can bring that about, so it speaks against the worker.</summary>
    Unreachable,

    /// <summary>
    /// The worker took the request and broke off, or was silent too long. A client can bring that about, through its session or the application: it speaks
    /// against nobody.
    /// </summary>
    Failed,
}

/// <summary>What became of a request, and why.</summary>
/// <param name="Verdict">What became of it.</param>
/// <param name="Reason">Why it failed, for the log.</param>
internal readonly record struct ForwardOutcome(ForwardVerdict Verdict, string Reason = "")
{
    /// <summary>Whether the worker's certificate is not good for its address, or from nobody whom this process trusts.</summary>
    public bool IsUntrusted { get; private init; }

    /// <summary>What a failure says about the worker.</summary>
    public static ForwardOutcome Of(ForwarderError error, Exception? exception)
    {
        var verdict = error switch
        {
            ForwarderError.Request when exception is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown and var kind } =>
                Of(kind, exception),
            // The activity's own end is RequestTimedOut, the client's is its abort: what is left is the connection's time limit.
            ForwarderError.RequestCanceled => ForwardVerdict.Unreachable,
            _ => ForwardVerdict.Failed,
        };
        return new(verdict, $"{error}: {exception?.GetBaseException().Message}") { IsUntrusted = exception?.GetBaseException() is AuthenticationException };
    }

    /// <summary>The status for a client whose request could not be read or not be sent on; null when that is not why it failed.</summary>
    public static int? ClientsFault(ForwarderError error, Exception? exception) => error switch
    {
        ForwarderError.RequestCreation => StatusCodes.Status400BadRequest,
        ForwarderError.RequestBodyClient => StatusOf(exception),
        // A header that cannot be written: no connection and no stream has anything to do with it.
        ForwarderError.Request
            when exception is HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: not IOException and not SocketException } =>
            StatusCodes.Status400BadRequest,
        _ => null,
    };

    private static ForwardVerdict Of(HttpRequestError kind, Exception exception) => kind switch
    {
        HttpRequestError.ConnectionError => IsOurs(exception.GetBaseException() as SocketException) ? ForwardVerdict.Failed : ForwardVerdict.Unreachable,
        HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError => ForwardVerdict.Unreachable,
        _ => ForwardVerdict.Failed,
    };

    // This process has no file descriptor, port or memory left: clients can bring that about, and it is nothing of the worker's.
    private static bool IsOurs(SocketException? exception) => exception?.SocketErrorCode is
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AddressNotAvailable or SocketError.AccessDenied
            or SocketError.SystemNotReady;

    // The web server says what was wrong: 413, 408, 400.
    private static int StatusOf(Exception? exception)
    {
        var causes = exception is AggregateException several ? several.Flatten().InnerExceptions : exception is null ? [] : (IEnumerable<Exception>)[exception];
        return causes.OfType<BadHttpRequestException>().FirstOrDefault()?.StatusCode ?? StatusCodes.Status400BadRequest;
    }
}
