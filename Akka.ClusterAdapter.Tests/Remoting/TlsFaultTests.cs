using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.Remote.Transport;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <summary>Certificates that expire and are replaced while members run, and what else may be at a member's port, or knock there.</summary>
public sealed class TlsFaultTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new("Somebody else");

    public static TheoryData<string> Kinds => OperatingSystem.IsLinux() ? ["epoll", "select"] : ["select"];

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task A_certificate_that_expires_ends_no_link_and_nobody_else()
    {
        var life = TimeSpan.FromSeconds(15);
        await using var left = await TransportEnd.ListenAsync("select", _authority.Hocon());
        await using var right = await TransportEnd.ListenAsync("select", Hocon(life));
        var expires = TimeProvider.System.GetUtcNow() + life;
        var (here, there) = await left.ConnectAsync(right);
        await Eventually.TrueAsync(() => TimeProvider.System.GetUtcNow() > expires + TimeSpan.FromSeconds(1), "it has expired");

        here.Write([1]);
        there.Write([2]);
        var refused = await Assert.ThrowsAsync<InvalidAssociationException>(() => left.Transport.Associate(right.Address));

        Assert.Equal([1], await there.FrameAsync());
        Assert.Equal([2], await here.FrameAsync());
        Assert.NotNull(refused.InnerException);
        Assert.Null(left.End);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_member_that_comes_back_with_a_new_certificate_is_one_still(string kind)
    {
        await using var left = await TransportEnd.ListenAsync(kind, _authority.Hocon());
        var right = await TransportEnd.ListenAsync(kind, _authority.Hocon());
        var port = right.Port;
        var (here, _) = await left.ConnectAsync(right);
        await right.DisposeAsync();
        await here.EndAsync();

        await using var again = await TransportEnd.ListenAsync(kind, $"akka.remote.dot-netty.tcp.port = {port}\n{_authority.Hocon()}");
        var (one, other) = await left.ConnectAsync(again);

        one.Write([1]);
        Assert.Equal([1], await other.FrameAsync());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Who_has_a_members_port_now_and_another_certificate_ends_nobody(string kind)
    {
        await using var left = await TransportEnd.ListenAsync(kind, _authority.Hocon());
        var port = await LinkedOnceAsync(kind, left);
        await using var stranger = await TransportEnd.ListenAsync(kind, $"akka.remote.dot-netty.tcp.port = {port}\n{_stranger.Hocon()}");

        await Assert.ThrowsAsync<InvalidAssociationException>(() => left.Transport.Associate(stranger.Address));

        Assert.Null(left.End);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Another_program_at_a_members_port_ends_nobody(string kind)
    {
        await using var left = await TransportEnd.ListenAsync(kind, _authority.Hocon());
        var port = await LinkedOnceAsync(kind, left);
        using var program = new TcpListener(IPAddress.Loopback, port);
        program.Start();
        var address = left.Address.WithPort(port);

        var associating = left.Transport.Associate(address);
        using var connection = await program.AcceptTcpClientAsync();
        await connection.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray());

        await Assert.ThrowsAsync<InvalidAssociationException>(() => associating);
        Assert.Null(left.End);
    }

    [Fact]
    public async Task Who_accepts_nobody_from_the_beginning_ends()
    {
        await using var left = await TransportEnd.ListenAsync("select", _stranger.Hocon());
        await using var right = await TransportEnd.ListenAsync("select", _authority.Hocon());

        await Assert.ThrowsAsync<InvalidAssociationException>(() => left.Transport.Associate(right.Address));

        await Eventually.TrueAsync(() => left.End is not null, "it ends");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_thousand_idle_strangers_keep_no_member_out_and_are_shown_out(string kind)
    {
        await using var left = await TransportEnd.ListenAsync(kind, _authority.Hocon());
        await using var right = await TransportEnd.ListenAsync(kind, "akka.remote.dot-netty.tcp.connection-timeout = 3s\n" + _authority.Hocon());
        var strangers = Enumerable.Range(0, 1_000).Select(_ => new TcpClient("127.0.0.1", right.Port)).ToArray();
        try
        {
            var (here, there) = await left.ConnectAsync(right);
            here.Write([1]);

            Assert.Equal([1], await there.FrameAsync());
            await Eventually.TrueAsync(() => right.Own.ConnectionCount == 1, "only the member is left");
        }
        finally
        {
            foreach (var stranger in strangers)
                stranger.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Half_a_connection_is_none(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind, _authority.Hocon());
        using var certificate = _authority.IssueForClient();
        using var client = new TcpClient("127.0.0.1", end.Port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(AsMember(certificate));
        await tls.WriteAsync(new byte[] { 1, 0, 0, 0, 7 });
        var link = (await end.AcceptAsync()).Claim();
        Assert.Equal([7], await link.FrameAsync());

        client.Client.Shutdown(SocketShutdown.Send);

        await link.EndAsync();
        await Eventually.TrueAsync(() => end.Own.ConnectionCount == 0, "the other half goes too");
    }

    private static SslClientAuthenticationOptions AsMember(X509Certificate2 certificate) => new()
    {
        TargetHost = "worker",
        // Only the other side's verdict counts here.
        RemoteCertificateValidationCallback = static (_, presented, _, _) => presented is not null,
        LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
        ClientCertificates = [certificate],
    };

    private string Hocon(TimeSpan validFor)
    {
        var (certificate, key) = _authority.Issue(validFor);
        return $$"""
            akka.remote.dot-netty.tcp.enable-ssl = on
            akka.cluster-adapter.tls { certificate = "{{certificate}}", key = "{{key}}", authority = "{{_authority.File}}" }
            """;
    }

    /// <summary>Links with a member that is gone then; the port it had.</summary>
    private async Task<int> LinkedOnceAsync(string kind, TransportEnd left)
    {
        var right = await TransportEnd.ListenAsync(kind, _authority.Hocon());
        var (here, _) = await left.ConnectAsync(right);
        await right.DisposeAsync();
        await here.EndAsync();
        return right.Port;
    }
}
