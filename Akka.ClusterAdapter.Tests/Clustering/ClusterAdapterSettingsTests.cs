using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.ClusterAdapter.Remoting;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed partial class ClusterAdapterSettingsTests
{
    [Fact]
    public void The_defaults_are_those_of_reference_conf()
    {
        var settings = ClusterAdapterSettings.Read(ClusterAdapterExtension.DefaultConfig);

        Assert.Equal(
            new ClusterAdapterSettings
            {
                Topic = "socketio",
                Role = "socketio",
                RequestsTimeout = TimeSpan.FromSeconds(5),
                ReadyTimeout = TimeSpan.FromSeconds(10),
                DrainTimeout = TimeSpan.FromSeconds(10),
                MaxOutstandingRequests = 1_000,
                MaxPacketSize = 2_000_000,
                PeerWindow = 4_000_000,
                PeerQueue = 32_000_000,
                PeerStallTimeout = TimeSpan.FromMilliseconds(500),
                BeatInterval = TimeSpan.FromSeconds(1),
                SurvivesCrash = false,
                ServerSideValues = ServerSideValues.Json,
                ServerSideTypes = [],
                AdvertisedUrl = "",
                AllowPlaintextCluster = false,
                RequireCluster = false,
            },
            settings with { ServerSideTypes = [] });
        Assert.Empty(settings.ServerSideTypes);
        Assert.Equal(LoopUse.Cluster, ClusterLoop.UseOf(ClusterAdapterExtension.DefaultConfig));
    }

    [Theory]
    [InlineData("topic", "\" \"", "must not be blank")]
    [InlineData("topic", "\"\"", "must not be blank")]
    [InlineData("role", "\"\"", "must not be blank")]
    [InlineData("requests-timeout", "soon", "must be a number with a unit")]
    [InlineData("requests-timeout", "0s", "more than 0")]
    [InlineData("requests-timeout", "infinite", "")]
    [InlineData("ready-timeout", "-1s", "")]
    [InlineData("drain-timeout", "2d", "at most 1 day")]
    [InlineData("max-outstanding-requests", "0", "from 1 to 1000000")]
    [InlineData("max-outstanding-requests", "many", "from 1 to 1000000")]
    [InlineData("max-packet-size", "255999B", "from 256000")]
    [InlineData("max-packet-size", "64000001B", "to 64000000")]
    [InlineData("max-packet-size", "large", "must be a size")]
    [InlineData("peer-window", "1B", "from 65536")]
    [InlineData("peer-window", "wide", "must be a size")]
    [InlineData("peer-queue", "2GB", "from 65536")]
    [InlineData("peer-queue", "65535B", "from 65536")]
    [InlineData("peer-stall-timeout", "0ms", "more than 0")]
    [InlineData("beat-interval", "0ms", "more than 0")]
    [InlineData("drain-timeout", "10", "with a unit, such as 5s")]
    [InlineData("ready-timeout", "1.5", "with a unit, such as 5s")]
    [InlineData("ready-timeout", "0", "more than 0")]
    [InlineData("server-side-values", "xml", "json or hyperion")]
    [InlineData("server-side-types", "[\"\"]", "must not have blank items")]
    [InlineData("advertised-url", "\"ftp://x\"", "http or https")]
    [InlineData("advertised-url", "\"nonsense\"", "http or https")]
    [InlineData("allow-plaintext-cluster", "maybe", "on or off")]
    [InlineData("require-cluster", "maybe", "on or off")]
    [InlineData("loop", "workers", "cluster, clients or off")]
    public void A_wrong_value_is_refused_with_its_full_key(string key, string value, string rule)
    {
        var config = ConfigurationFactory.ParseString($"akka.cluster-adapter.{key} = {value}").WithFallback(ClusterAdapterExtension.DefaultConfig);

        var refused = Assert.Throws<ConfigurationException>(() => ClusterAdapterSettings.Read(config));

        Assert.StartsWith($"akka.cluster-adapter.{key} ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(rule, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("request-timeout = 60s", "akka.cluster-adapter.request-timeout is no setting", "requests-timeout")]
    [InlineData("tls.certificat = a.pem", "akka.cluster-adapter.tls.certificat is no setting", "authority, certificate, key")]
    [InlineData("tsl { certificate = a.pem }", "akka.cluster-adapter.tsl is no setting", "tls")]
    public void A_key_that_does_not_exist_is_refused_with_those_that_do(string line, string sentence, string right)
    {
        // In which file it stands does not count.
        foreach (var behind in new[] { "a = 1", "akka.cluster-adapter.topic = x", "akka.cluster-adapter.tls.key = x" })
        {
            Config[] files = [ConfigurationFactory.ParseString($"akka.cluster-adapter {{\n{line}\n}}"), ConfigurationFactory.ParseString(behind)];
            foreach (var (first, second) in new[] { (files[0], files[1]), (files[1], files[0]) })
            {
                var config = first.WithFallback(second).WithFallback(ClusterAdapterExtension.DefaultConfig);

                var refused = Assert.Throws<ConfigurationException>(() => ClusterAdapterSettings.Read(config));

                Assert.StartsWith(sentence, refused.Message, StringComparison.Ordinal);
                Assert.Contains(right, refused.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("tls = on", "akka.cluster-adapter.tls must be a section: it has the keys certificate, key, authority.")]
    [InlineData("seed-dns = chat.default.svc", "akka.cluster-adapter.seed-dns must be a section: it has the keys host, ")]
    public void A_value_where_a_section_belongs_is_refused(string line, string sentence)
    {
        var config = ConfigurationFactory.ParseString($"akka.cluster-adapter.{line}").WithFallback(ClusterAdapterExtension.DefaultConfig);

        var refused = Assert.Throws<ConfigurationException>(() => ClusterAdapterSettings.Read(config));

        Assert.StartsWith(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_dispatcher_of_the_loop_takes_what_Akka_takes() =>
        ClusterAdapterSettings.Read(ClusterAdapterHocon.Hardened()
            .WithFallback(ConfigurationFactory.ParseString("akka.cluster-adapter.loop-dispatcher.throughput-deadline-time = 5ms"))
            .WithFallback(ClusterAdapterExtension.DefaultConfig));

    [Fact]
    public void A_missing_key_is_named()
    {
        var refused = Assert.Throws<ConfigurationException>(() => ClusterAdapterSettings.Read(ConfigurationFactory.ParseString("a = 1")));

        Assert.StartsWith("akka.cluster-adapter.topic is missing", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_of_reference_conf_has_a_comment()
    {
        var lines = Hocon.Read("reference.conf").TrimEnd().Split('\n');
        var start = Array.IndexOf(lines, "akka.cluster-adapter {");

        var bare = Enumerable.Range(start + 1, lines.Length - start - 1).TakeWhile(i => lines[i] != "}")
            .Where(i => Key().IsMatch(lines[i]) && !lines[i - 1].TrimStart().StartsWith('#'));

        Assert.Empty(bare.Select(i => lines[i]));
    }

    [GeneratedRegex(@"^\s+[a-z-]+ = ")]
    private static partial Regex Key();
}
