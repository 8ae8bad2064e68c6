using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Tests.Adapters;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>Strangers at the port of the cluster itself, plain and with TLS: they are logged and dropped, and no member notices.</summary>
[Collection(AloneTests.Name)]
public sealed class ClusterPortTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TestSystems _systems = new();
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new("Somebody else");
    private Worker[] _workers = [];
    private Inbox? _complaints;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    [Theory]
    [InlineData("http", false)]
    [InlineData("http", true)]
    [InlineData("noise", false)]
    [InlineData("noise", true)]
    [InlineData("gigabyte", false)]
    [InlineData("gigabyte", true)]
    [InlineData("hello", false)]
    public async Task What_is_no_message_ends_its_connection(string kind, bool encrypted)
    {
        await StartAsync(encrypted);
        var before = GC.GetTotalAllocatedBytes();

        for (var i = 0; i < 20; i++)
            await KnockAsync(Bytes(kind));

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 200_000_000);
        AssertLogged();
        await AssertUnaffectedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_certificate_is_asked_for_and_must_come_from_the_authority(bool hasCertificate)
    {
        await StartAsync(encrypted: true);
        using var certificate = hasCertificate ? _stranger.IssueForClient() : null;

        for (var i = 0; i < 5; i++)
            Assert.False(await IsLetInAsync(certificate));

        AssertLogged();
        await AssertUnaffectedAsync();
    }

    [Fact]
    public async Task One_of_the_authority_is_let_in()
    {
        await StartAsync(encrypted: true);
        using var certificate = _authority.IssueForClient();

        Assert.True(await IsLetInAsync(certificate));
    }

    [Fact]
    public async Task A_message_that_is_none_of_the_adapters_is_left_unhandled()
    {
        await StartAsync(encrypted: false);
        var stranger = _systems.Add("akka.actor.serialization-settings.allow-unregistered-types = true");
        var path = new RootActorPath(AkkaCluster.Get(_workers[0].System).SelfAddress) / "user" / ClusterAdapterExtension.ActorName;

        _workers[0].System.EventStream.Subscribe(_complaints!.Receiver, typeof(UnhandledMessage));

        stranger.ActorSelection(path).Tell(new Stray());

        Assert.IsType<Stray>(Assert.IsType<UnhandledMessage>(_complaints.Receive(Deadline)).Message);
        await AssertUnaffectedAsync();
    }

    private async Task StartAsync(bool encrypted)
    {
        const string logging = "akka.loglevel = WARNING\nakka.loggers = []\n";
        _workers =
        [
            _systems.AddWorker(overrides: logging + (encrypted ? _authority.Hocon() : "")),
            _systems.AddWorker(overrides: logging + (encrypted ? _authority.Hocon() : "")),
        ];
        await _workers[1].Host.ConnectAsync("c");
        await Eventually.TrueAsync(() => _workers.All(worker => worker.Extension is { IsReady: true, ServerCount: 2 }), "both are ready");
        _complaints = Inbox.Create(_workers[0].System);
        _workers[0].System.EventStream.Subscribe(_complaints.Receiver, typeof(Warning));
        _workers[0].System.EventStream.Subscribe(_complaints.Receiver, typeof(Error));
    }

    private void AssertLogged() => Assert.IsAssignableFrom<LogEvent>(_complaints!.Receive(Deadline));

    private async Task AssertUnaffectedAsync()
    {
        await _workers[0].Adapter.BroadcastAsync(FakeHost.Body("still here"), new BroadcastOptions());
        await Eventually.TrueAsync(() => _workers[1].Host.TextsOf("c").Contains("still here"));
        Assert.All(_workers, worker =>
        {
            var state = AkkaCluster.Get(worker.System).State;
            Assert.Equal((2, 0), (state.Members.Count, state.Unreachable.Count));
            Assert.Equal(0, worker.Counter(PeerCounter.PeersGone));
            Assert.False(worker.System.WhenTerminated.IsCompleted);
        });
    }

    private static byte[] Bytes(string kind) => kind switch
    {
        "http" => Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: worker\r\n\r\n"),
        "noise" => RandomNumberGenerator.GetBytes(1_000),
        // The length of a frame stands in front of it, little-endian.
        "gigabyte" => [0, 0, 0, 0x40, .. new byte[10_000]],
        "hello" => Encoding.ASCII.GetBytes("SSH-2.0-scan\r\n"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Sends bytes and waits until the other side has ended the connection.</summary>
    private async Task KnockAsync(byte[] bytes)
    {
        using var client = await DialAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(bytes);
        await ReadToEndAsync(stream);
    }

    private async Task<bool> IsLetInAsync(X509Certificate2? certificate)
    {
        using var client = await DialAsync();
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "worker",
                // Only the other side's verdict counts here.
                RemoteCertificateValidationCallback = (_, presented, _, _) => presented is not null,
                LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
                ClientCertificates = certificate is null ? null : [certificate],
            });
            // The other side's verdict on our certificate comes after our side of the handshake.
            using var wait = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            return await tls.ReadAsync(new byte[1], wait.Token) > 0;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }

    private async Task<TcpClient> DialAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, AkkaCluster.Get(_workers[0].System).SelfAddress.Port!.Value);
        return client;
    }

    private static async Task ReadToEndAsync(NetworkStream stream)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var buffer = new byte[4_096];
        try
        {
            while (await stream.ReadAsync(buffer, deadline.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }

    /// <summary>Any class of the application: Akka's JSON makes one of whatever type a message names.</summary>
    private sealed class Stray;
}
