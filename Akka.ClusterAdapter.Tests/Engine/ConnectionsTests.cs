using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>The same session over everything that can carry a WebSocket.</summary>
public sealed class ConnectionsTests
{
    [Fact]
    public async Task A_framework_client_over_HTTP_1_1()
    {
        await using var host = await EchoHostAsync();

        await AssertEchoesAsync(host, new ClientWebSocket(), null, "ws");
    }

    [Fact]
    public async Task A_framework_client_over_HTTP_2()
    {
        await using var host = await EchoHostAsync(listen => listen.Protocols = HttpProtocols.Http2);
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());

        await AssertEchoesAsync(host, client, invoker, "ws");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_framework_client_with_compression(bool isOffered)
    {
        await using var host = await EchoHostAsync(deflate: true);
        using var client = new ClientWebSocket();
        client.Options.DangerousDeflateOptions = isOffered ? new() { ServerMaxWindowBits = 10 } : null;

        await AssertEchoesAsync(host, client, null, "ws");
    }

    [Fact]
    public async Task A_framework_client_over_TLS()
    {
        using var key = RSA.Create(2048);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        await using var host = await EchoHostAsync(listen => listen.UseHttps(certificate));
        using var client = new ClientWebSocket();
        client.Options.RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.GetCertHashString() == certificate.GetCertHashString();

        await AssertEchoesAsync(host, client, null, "wss");
    }

    private static Task<EngineHost> EchoHostAsync(Action<ListenOptions>? listen = null, bool deflate = false) => EngineHost.StartAsync(
        o => (o.PerMessageDeflate, o.MaxInflation) = (deflate, 1_100),
        h => h.OnMessage = (socket, text) => socket.TrySend(EngineHost.Message(text)),
        listen: listen);

    private static async Task AssertEchoesAsync(EngineHost host, ClientWebSocket client, HttpMessageInvoker? invoker, string scheme)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        using (client)
        {
            await client.ConnectAsync(new($"{scheme}://127.0.0.1:{host.Uri.Port}/engine.io/?EIO=4&transport=websocket"), invoker, deadline.Token);
            Assert.StartsWith("0{", await ReceiveAsync(client, deadline.Token));
            foreach (var length in (int[])[1, 200, 5_000, 300_000])
            {
                var text = "4" + new string('€', length);
                await client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, deadline.Token);
                Assert.Equal(text, await ReceiveAsync(client, deadline.Token));
            }

            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, deadline.Token);
            Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
        }

        Assert.Equal(Akka.ClusterAdapter.Server.CloseReason.TransportClose, await host.EndAsync());
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket client, CancellationToken ct)
    {
        using var text = new MemoryStream();
        var buffer = new byte[16_384];
        while (true)
        {
            var result = await client.ReceiveAsync(buffer.AsMemory(), ct);
            text.Write(buffer, 0, result.Count);
            if (result.EndOfMessage)
                return Encoding.UTF8.GetString(text.ToArray());
        }
    }
}
