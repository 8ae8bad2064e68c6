using System.Net.Sockets;
using System.Security.Authentication;
using Akka.ClusterAdapter.Forwarding;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>Whose fault a failed request is.</summary>
public sealed class ForwardOutcomeTests
{
    [Fact]
    public void Only_a_connection_that_does_not_come_about_speaks_against_a_worker()
    {
        Assert.Equal(ForwardVerdict.Unreachable, Of(HttpRequestError.ConnectionError, new SocketException((int)SocketError.ConnectionRefused)));
        Assert.Equal(ForwardVerdict.Unreachable, Of(HttpRequestError.NameResolutionError, new SocketException((int)SocketError.HostNotFound)));
        Assert.Equal(ForwardVerdict.Unreachable, Of(HttpRequestError.SecureConnectionError, new AuthenticationException("x")));
        Assert.Equal(
            ForwardVerdict.Unreachable, ForwardOutcome.Of(ForwarderError.RequestCanceled, new TaskCanceledException("x", new TimeoutException())).Verdict);

        Assert.Equal(ForwardVerdict.Failed, Of(HttpRequestError.ConnectionError, new SocketException((int)SocketError.TooManyOpenSockets)));
        Assert.Equal(ForwardVerdict.Failed, Of(HttpRequestError.ConnectionError, new SocketException((int)SocketError.AddressNotAvailable)));
        Assert.All(
            Enum.GetValues<HttpRequestError>()
                .Except([HttpRequestError.ConnectionError, HttpRequestError.NameResolutionError, HttpRequestError.SecureConnectionError]),
            error => Assert.Equal(ForwardVerdict.Failed, Of(error, null)));
        Assert.All(
            Enum.GetValues<ForwarderError>().Except([ForwarderError.RequestCanceled]),
            error => Assert.Equal(ForwardVerdict.Failed, ForwardOutcome.Of(error, new IOException("x")).Verdict));
    }

    [Fact]
    public void A_request_that_cannot_be_read_or_written_is_its_clients_fault()
    {
        Assert.Equal(400, ForwardOutcome.ClientsFault(ForwarderError.RequestCreation, new NotSupportedException()));
        Assert.Equal(400, ForwardOutcome.ClientsFault(ForwarderError.RequestBodyClient, new IOException("x")));
        Assert.Equal(400, ForwardOutcome.ClientsFault(ForwarderError.RequestBodyClient, null));
        Assert.Equal(413, ForwardOutcome.ClientsFault(
            ForwarderError.RequestBodyClient, new AggregateException(new BadHttpRequestException("x", 413), new IOException("y"))));
        Assert.Equal(400, ForwardOutcome.ClientsFault(ForwarderError.Request, new HttpRequestException("only ASCII")));

        Assert.Null(ForwardOutcome.ClientsFault(ForwarderError.Request, new HttpRequestException("x", new IOException("reset"))));
        Assert.Null(ForwardOutcome.ClientsFault(ForwarderError.Request, new HttpRequestException(HttpRequestError.ResponseEnded)));
        Assert.All(
            Enum.GetValues<ForwarderError>().Except([ForwarderError.RequestCreation, ForwarderError.RequestBodyClient]),
            error => Assert.Null(ForwardOutcome.ClientsFault(error, new IOException("x"))));
    }

    [Fact]
    public void The_reason_is_the_innermost_one()
    {
        var outcome = ForwardOutcome.Of(
            ForwarderError.Request,
            new HttpRequestException(HttpRequestError.SecureConnectionError, "see inner exception", new AuthenticationException("untrusted root")));

        Assert.Equal("Request: untrusted root", outcome.Reason);
        Assert.True(outcome.IsUntrusted);
    }

    private static ForwardVerdict Of(HttpRequestError error, Exception? inner) =>
        ForwardOutcome.Of(ForwarderError.Request, new HttpRequestException(error, "x", inner)).Verdict;
}
