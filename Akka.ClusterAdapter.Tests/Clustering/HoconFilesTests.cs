using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Gateway;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class HoconFilesTests
{
    private const string Apart =
        """
        akka.loglevel = OFF
        akka.cluster.seed-nodes = []
        akka.remote.dot-netty.tcp.port = 0
        """;

    [Theory]
    [InlineData("worker.conf", true)]
    [InlineData("emitter.conf", true)]
    [InlineData("single-host.conf", true)]
    [InlineData("seed-node.conf", false)]
    [InlineData("gateway.conf", false)]
    public async Task A_file_runs_as_it_stands(string file, bool isWorker)
    {
        var config = ConfigurationFactory.ParseString(Apart).WithFallback(ConfigurationFactory.ParseString(Hocon.Read(file)));

        var system = ActorSystem.Create("chat", config);

        try
        {
            Assert.Equal(isWorker, system.HasExtension<ClusterAdapterExtension>());
            Assert.Equal(file == "gateway.conf", system.HasExtension<GatewayExtension>());
            Assert.Equal("akka.tcp", ((ExtendedActorSystem)system).Provider.DefaultAddress.Protocol);
        }
        finally
        {
            await system.Terminate();
        }
    }

    [Theory]
    [InlineData("worker.conf")]
    [InlineData("emitter.conf")]
    [InlineData("single-host.conf")]
    public void A_workers_file_says_what_hosting_puts_in_front(string file)
    {
        var hardened = ClusterAdapterHocon.Hardened();
        var written = ConfigurationFactory.ParseString(Hocon.Read(file));

        var different = hardened.AsEnumerable().SelectMany(root => Leaves(root.Key, hardened))
            .Where(path => written.GetString(path) != hardened.GetString(path));

        Assert.Empty(different);
    }

    [Theory]
    [InlineData("worker.conf")]
    [InlineData("emitter.conf")]
    [InlineData("single-host.conf")]
    [InlineData("seed-node.conf")]
    [InlineData("gateway.conf")]
    [InlineData("reference.conf")]
    public void Nothing_in_a_file_is_beyond_Akkas_parser(string file)
    {
        var text = Hocon.Read(file);

        // The parser swallows the rest of the file after an optional substitution, without a word.
        Assert.DoesNotContain("${", text, StringComparison.Ordinal);
        Assert.Equal("yes", ConfigurationFactory.ParseString(text + "\nis-read-to-the-end = yes").GetString("is-read-to-the-end"));
    }

    private static IEnumerable<string> Leaves(string path, Config config)
    {
        var value = config.GetValue(path);
        return value.IsObject() ? value.GetObject().Items.Keys.SelectMany(key => Leaves($"{path}.{key}", config)) : [path];
    }
}
