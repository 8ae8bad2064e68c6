using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.Configuration;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Members with certificates on both sides; those who knock without the right one are in Hostile.</summary>
public sealed class ClusterTlsTests : IAsyncLifetime, IDisposable
{
    private readonly TestSystems _systems = new();
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new("Somebody else");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task Workers_with_certificates_of_one_authority_are_one_cluster()
    {
        var one = _systems.AddWorker(overrides: _authority.Hocon());
        var two = _systems.AddWorker(overrides: _authority.Hocon());
        await two.Host.ConnectAsync("c");
        await Eventually.TrueAsync(
            () => one.Extension is { IsReady: true, ServerCount: 2 } && two.Extension is { IsReady: true, ServerCount: 2 }, "both are ready");

        await one.Adapter.BroadcastAsync(Adapters.FakeHost.Body("hello"), new());

        await Eventually.TrueAsync(() => two.Host.TextsOf("c").Contains("hello"));
        Assert.Equal("akka.ssl.tcp", AkkaCluster.Get(one.System).SelfAddress.Protocol);
    }

    [Fact]
    public async Task A_member_with_a_certificate_of_another_authority_does_not_get_in()
    {
        var one = _systems.AddWorker(overrides: _authority.Hocon());
        var two = _systems.AddWorker(overrides: _authority.Hocon());
        await Eventually.TrueAsync(
            () => one.Extension is { IsReady: true, ServerCount: 2 } && two.Extension is { IsReady: true, ServerCount: 2 }, "both are ready");

        var intruder = _systems.AddWorker(overrides: _stranger.Hocon());

        // Akka ends an actor system whose own connection was refused: its certificate will not become better.
        await Eventually.TrueAsync(() => intruder.System.WhenTerminated.IsCompleted, "the intruder gives up");
        var end = await intruder.Extension.Terminated;
        Assert.True(end.IsFailure, end.Reason);
        Assert.Contains("TlsHandshakeFailure", end.Reason, StringComparison.Ordinal);
        Assert.Equal((2, 2), (one.Extension.ServerCount, two.Extension.ServerCount));
        Assert.Equal(2, AkkaCluster.Get(one.System).State.Members.Count);
        Assert.Empty(AkkaCluster.Get(one.System).State.Unreachable);
    }

    [Fact]
    public void All_three_files_are_needed()
    {
        var (certificate, _) = _authority.Issue();

        var refused = Assert.Throws<ConfigurationException>(
            () => ClusterTls.From(ConfigurationFactory.ParseString($"akka.cluster-adapter.tls.certificate = \"{certificate}\"")));

        Assert.StartsWith("akka.cluster-adapter.tls.key is empty", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_named_is_no_TLS() => Assert.Null(ClusterTls.From(Config.Empty));

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var (certificate, key) = _authority.Issue();

        Assert.Contains("/no/such/key", Refused(certificate, "/no/such/key", _authority.File), StringComparison.Ordinal);
        Assert.Contains("/no/such/ca", Refused(certificate, key, "/no/such/ca"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused()
    {
        var (certificate, _) = _authority.Issue();
        var (_, key) = _authority.Issue();

        Assert.Contains(
            $"{certificate} is no PEM certificate that fits the key in {key}", Refused(certificate, key, _authority.File), StringComparison.Ordinal);
    }

    [Fact]
    public void An_authority_that_is_none_is_refused()
    {
        var (certificate, key) = _authority.Issue();

        Assert.Contains($"{key} holds no PEM certificates", Refused(certificate, key, key), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_the_others_would_refuse_is_refused_at_the_start()
    {
        var (certificate, key) = _authority.Issue();
        var (expired, expiredKey) = _authority.Issue(validFor: TimeSpan.FromHours(-1));

        Assert.Contains("The others would refuse", Refused(certificate, key, _stranger.File), StringComparison.Ordinal);
        Assert.Contains("NotTimeValid", Refused(expired, expiredKey, _authority.File), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("akka.remote.dot-netty.tcp.enable-ssl = off", "enable-ssl is off")]
    [InlineData("", "was made without it")]
    public void Certificates_that_are_named_but_not_used_are_refused(string setting, string sentence)
    {
        var hocon = ConfigurationFactory.ParseString(
            $"{_authority.Hocon()}\n{setting}\nakka.loglevel = OFF\nakka.remote.dot-netty.tcp.ssl.certificate.path = \"{Pkcs12()}\"")
            .WithFallback(ConfigurationFactory.ParseString("akka.actor.provider = cluster\nakka.remote.dot-netty.tcp.hostname = \"127.0.0.1\"\n"
                + "akka.remote.dot-netty.tcp.port = 0\nakka.cluster.roles = [socketio]"))
            .WithFallback(ClusterAdapterHocon.Hardened());
        using var system = ActorSystem.Create("chat", hocon);

        var refused = Assert.Throws<ConfigurationException>(() => ClusterAdapterExtension.Get(system));

        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("require-mutual-authentication = off")]
    [InlineData("suppress-validation = on")]
    public void TLS_that_lets_everybody_in_is_an_open_door(string setting)
    {
        var system = _systems.Add($"""
            akka.remote.dot-netty.tcp.enable-ssl = on
            akka.remote.dot-netty.tcp.bind-hostname = "0.0.0.0"
            akka.remote.dot-netty.tcp.ssl.certificate.path = "{Pkcs12()}"
            akka.remote.dot-netty.tcp.ssl.{setting}
            """);

        var refused = Assert.Throws<ConfigurationException>(() => ClusterAdapterExtension.Get(system));

        Assert.Contains("with TLS that accepts everybody", refused.Message, StringComparison.Ordinal);
    }

    private string Pkcs12()
    {
        using var certificate = _authority.IssueForClient();
        var path = Path.Combine(Path.GetDirectoryName(_authority.File)!, "tls.p12");
        File.WriteAllBytes(path, certificate.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12));
        return path;
    }

    private static string Refused(string certificate, string key, string authority) =>
        Assert.Throws<ConfigurationException>(() => ClusterTls.FromPem(certificate, key, authority)).Message;
}
