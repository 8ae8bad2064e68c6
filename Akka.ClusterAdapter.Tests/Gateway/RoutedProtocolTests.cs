using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>The client speaks TLS and HTTP/2 to the wrong worker; between the workers it is plain HTTP/1.1.</summary>
public sealed class RoutedProtocolTests : IDisposable
{
    private readonly X509Certificate2 _certificate = MakeCertificate();

    public void Dispose() => _certificate.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Polls_and_upgrades_over_TLS(int version)
    {
        await using var hosts = await RoutedHosts.StartAsync(listen: Listen);
        var http = version == 1 ? HttpVersion.Version11 : HttpVersion.Version20;
        using var handler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.GetCertHashString() == _certificate.GetCertHashString() },
        };
        using var client = new HttpClient(handler)
        {
            DefaultRequestVersion = http,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            BaseAddress = hosts.Two.SecondUri,
        };
        var sid = await hosts.OpenAsync(hosts.One);
        var query = $"/socket.io/?EIO=4&transport=polling&sid={sid}";

        using var posted = await client.PostAsync(query, new StringContent("40", Encoding.UTF8, "text/plain"));
        var connected = await client.GetStringAsync(query);
        using var socket = new ClientWebSocket { Options = { HttpVersion = http, HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact } };
        await socket.ConnectAsync(
            RoutedHosts.WebSocketUri("wss", hosts.Two.SecondUri, sid), new HttpMessageInvoker(handler, disposeHandler: false), CancellationToken.None);
        await RoutedHosts.SendAsync(socket, "2probe");
        var probed = await RoutedHosts.ReceiveAsync(socket);
        await RoutedHosts.SendAsync(socket, "5");
        await RoutedHosts.SendAsync(socket, "420[\"echo\",\"x\"]");

        Assert.Equal(http, posted.Version);
        Assert.Equal("ok", await posted.Content.ReadAsStringAsync());
        Assert.StartsWith("40{", connected, StringComparison.Ordinal);
        Assert.Equal("3probe", probed);
        Assert.Equal("430[\"x\"]", await RoutedHosts.ReceiveAsync(socket));
        Assert.Equal(3, RoutedHosts.Forwarded(hosts.Two, "sent"));
    }

    [Fact]
    public async Task A_worker_is_reached_on_its_Unix_socket()
    {
        var path = Path.Combine(Path.GetTempPath(), $"worker-{Guid.NewGuid():N}.sock");
        await using var hosts = await RoutedHosts.StartAsync(
            $"akka.cluster-adapter.advertised-url = \"http://unix:{path}\"",
            services: services => services.Configure<KestrelServerOptions>(kestrel => kestrel.ListenUnixSocket(path)));
        var peers = new List<EndPoint?>();
        hosts.One.Server.Engine.Headers += context => peers.Add(context.Features.Get<IConnectionSocketFeature>()?.Socket.RemoteEndPoint);
        var sid = await hosts.OpenAsync(hosts.One);
        peers.Clear();

        await hosts.PostAsync(hosts.Two, sid, "40");
        Assert.StartsWith("40{", await hosts.PollAsync(hosts.Two, sid), StringComparison.Ordinal);
        using var socket = await RoutedHosts.UpgradeAsync(hosts.Two, sid);
        await RoutedHosts.SendAsync(socket, "2probe");

        Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));
        Assert.Equal(3, RoutedHosts.Forwarded(hosts.Two, "sent"));
        Assert.All(peers, peer => Assert.IsType<UnixDomainSocketEndPoint>(peer));
    }

    private void Listen(ListenOptions options)
    {
        options.Protocols = HttpProtocols.Http1AndHttp2;
        options.UseHttps(_certificate);
    }

    internal static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
