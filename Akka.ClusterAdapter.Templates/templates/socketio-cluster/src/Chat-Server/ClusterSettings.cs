#if (!hocon)
using Akka.ClusterAdapter.Clustering;
#endif
using Akka.Configuration;
using Akka.Hosting.Configuration;

namespace CHAT_NAMESPACE;

/// <summary>What this member is in the cluster.</summary>
public static class ClusterSettings
{
    /// <summary>The same on every member, and in seed-nodes.</summary>
    public const string SystemName = "chat";

#if (hocon)
    /// <summary>
    /// HOCON/seed-node.conf or HOCON/worker.conf. What stands in the section "akka" of the configuration goes over it:
    /// in appsettings.json, or in environment variables such as AKKA__REMOTE__DOT_NETTY__TCP__PORT.
    /// </summary>
    public static Config Of(IConfiguration configuration, bool isSeed)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "HOCON", isSeed ? "seed-node.conf" : "worker.conf");
        var settings = ConfigurationFactory.ParseString(File.ReadAllText(file));
#else
    /// <summary>
    /// The settings of a member. What stands in the section "akka" of the configuration goes over them:
    /// in appsettings.json, or in environment variables such as AKKA__REMOTE__DOT_NETTY__TCP__PORT.
    /// </summary>
    public static Config Of(IConfiguration configuration, bool isSeed)
    {
        var extension = isSeed ? "SeedNodeProvider" : "ClusterAdapterProvider";
        var settings = ConfigurationFactory.ParseString($$"""
            akka.extensions = ["Akka.ClusterAdapter.Clustering.{{extension}}, Akka.ClusterAdapter"]
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{(isSeed ? 8110 : 0)}} }
            akka.cluster {
              roles = ["{{(isSeed ? "seed" : "socketio")}}"]
              seed-nodes = ["akka.tcp://{{SystemName}}@127.0.0.1:8110"]
              split-brain-resolver { active-strategy = keep-majority, stable-after = 15s }
            }
            """).WithFallback(ClusterAdapterHocon.Hardened());
#endif
        var over = configuration.GetSection("akka");
        if (!over.Exists())
            return settings;

        // Seed nodes are found by name, or by address.
        var hocon = over.ToHocon();
        if (hocon.HasPath("akka.cluster-adapter.seed-dns.host"))
            settings = ConfigurationFactory.ParseString("akka.cluster.seed-nodes = []").WithFallback(settings);
        return hocon.WithFallback(settings);
    }
}
