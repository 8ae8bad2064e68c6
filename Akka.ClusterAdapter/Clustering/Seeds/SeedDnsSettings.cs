using Akka.ClusterAdapter.Clustering.Settings;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Clustering.Seeds;

/// <summary>The settings under <c>akka.cluster-adapter.seed-dns</c>. Defaults stand in reference.conf only.</summary>
/// <param name="Host">The name to ask for; empty: seed nodes are those of <c>akka.cluster.seed-nodes</c>.</param>
/// <param name="Port">The seed nodes' remoting port.</param>
/// <param name="MinAddresses">With fewer addresses nobody forms a new cluster.</param>
/// <param name="Interval">Pause between two questions while this member has not joined.</param>
internal sealed record SeedDnsSettings(string Host, int Port, int MinAddresses, TimeSpan Interval)
{
    private const string Path = "akka.cluster-adapter.seed-dns";

    /// <exception cref="ConfigurationException">A value is missing or wrong; the message names the full key.</exception>
    public static SeedDnsSettings Read(Config config)
    {
        var keys = new SettingsReader(config, Path);
        return new SeedDnsSettings(
            keys.HostName("host"),
            keys.Whole("port", 1, 65_535),
            keys.Whole("min-addresses", 1, 1_000),
            keys.Duration("interval"));
    }
}
