using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Akka.Actor;
using Akka.Remote.Transport;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>Handshakes of TLS. They run on the thread pool, for looking at certificates takes long and may call the application.</summary>
internal sealed partial class LinkTransport
{
    // There has been a member whose certificate is of an authority that this one names: its own settings are right.
    private volatile bool _hasLinked;

    /// <summary>The side that connects.</summary>
    /// <exception cref="AuthenticationException">
    /// The two do not accept each other's certificates, and nobody ever has: this actor system ends, as with DotNetty.
    /// </exception>
    /// <exception cref="InvalidAssociationException">
    /// The other side is not what it was: its certificate has expired, or somebody else has its port. What is wrong there must not end the member that
    /// connects: otherwise one such member would end all of them.
    /// </exception>
    private async Task<Secured> SecureAsync(Connection connection, Address remote)
    {
        try
        {
            return await HandshakeAsync(connection, tls => tls.AuthenticateAsClientAsync(_tls!.AsClient(remote)), isOutbound: true).ConfigureAwait(false);
        }
        catch (AuthenticationException exception)
        {
            var reason = exception.InnerException?.Message ?? exception.Message;
            if (_hasLinked)
            {
                TlsLog.NotAccepted(Logger, remote, reason);
                throw new InvalidAssociationException(reason, exception);
            }

            TlsLog.Failed(Logger, remote, reason);
            // Its certificate will not become better while it runs.
            Home.Guard.Observe("cluster-handshake", CoordinatedShutdown.Get(System).Run(new TlsHandshakeFailureReason(remote)));
            throw;
        }
    }

    /// <summary>The side that is connected to: remoting hears of nobody without a certificate.</summary>
    private async Task AdmitAsync(Connection connection, Address remote)
    {
        try
        {
            var options = _tls!.AsServer(connection.Remote);
            var secured = await HandshakeAsync(connection, tls => tls.AuthenticateAsServerAsync(options), isOutbound: false).ConfigureAwait(false);
            Announce(MakeLink(remote, connection, secured));
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or InvalidOperationException or TimeoutException)
        {
            TlsLog.Refused(Logger, connection.Remote, exception.Message);
        }
    }

    private async Task<Secured> HandshakeAsync(Connection connection, Func<SslStream, Task> handshake, bool isOutbound)
    {
        var stream = new ConnectionStream(connection);
        var tls = new SslStream(stream, leaveInnerStreamOpen: true);
        var isLate = false;
        using var patience = Home.Guard.CreateTimer(
            Home.Time,
            "cluster-handshake",
            _ =>
            {
                Volatile.Write(ref isLate, true);
                connection.Close(DisassociateInfo.Unknown);
            },
            connection,
            Settings.ConnectTimeout,
            Timeout.InfiniteTimeSpan);
        try
        {
            await handshake(tls).ConfigureAwait(false);
            _hasLinked = true;
            return new(tls, stream, isOutbound);
        }
        catch (Exception exception)
        {
            // An alert for the other side may still be on its way out.
            connection.BeginClose();
            await tls.DisposeAsync().ConfigureAwait(false);
            if (Volatile.Read(ref isLate))
                throw new TimeoutException($"No TLS handshake within {Settings.ConnectTimeout.TotalSeconds:0.#} s.", exception);
            throw;
        }
    }

    private static partial class TlsLog
    {
        [LoggerMessage(5022, LogLevel.Warning,
            "TLS with {Peer} failed: {Reason} With others it did not, so look there: an expired certificate, or another program at its port.",
            EventName = "PeerNotAccepted")]
        public static partial void NotAccepted(ILogger logger, Address peer, string reason);

        [LoggerMessage(5013, LogLevel.Warning, "{Peer} is turned away at the cluster's port, which speaks TLS: {Reason}", EventName = "HandshakeRefused")]
        public static partial void Refused(ILogger logger, IPEndPoint peer, string reason);

        [LoggerMessage(5018, LogLevel.Error,
            "TLS with {Peer} failed, and this actor system ends: {Reason} Both sides need a certificate of an authority that the other names.",
            EventName = "HandshakeFailed")]
        public static partial void Failed(ILogger logger, Address peer, string reason);
    }
}

/// <summary>Why coordinated shutdown began: this member and one that it connected to do not accept each other's certificates.</summary>
internal sealed class TlsHandshakeFailureReason(Address remote) : CoordinatedShutdown.Reason
{
    /// <summary>DotNetty's.</summary>
    public override int ExitCode => 79;

    public override string ToString() => $"TLS handshake failed on outbound connection to [{remote}]";
}
