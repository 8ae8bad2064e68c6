using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Seeds;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class SocketIOAkkaHostingTests
{
    private const string Cluster =
        """
        akka.loglevel = OFF
        akka.actor.provider = cluster
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        akka.remote.dot-netty.tcp.maximum-frame-size = 128000b
        # Who has joined nobody is not waited for.
        akka.coordinated-shutdown.phases.cluster-leave.timeout = 1s
        akka.coordinated-shutdown.phases.cluster-exiting.timeout = 1s
        akka.coordinated-shutdown.phases.cluster-exiting-done.timeout = 1s
        akka.coordinated-shutdown.phases.cluster-shutdown.timeout = 1s
        """;

    [Fact]
    public async Task The_hardened_settings_stand_in_front()
    {
        using var host = await StartAsync(Cluster + "\nakka.cluster.roles = [socketio]", null);

        var config = host.Services.GetRequiredService<ActorSystem>().Settings.Config;

        Assert.Equal(256_000, config.GetByteSize("akka.remote.dot-netty.tcp.maximum-frame-size"));
        Assert.False(config.GetBoolean("akka.coordinated-shutdown.run-by-clr-shutdown-hook"));
        Assert.Equal("socketio", config.GetString("akka.cluster.pub-sub.role"));
        await host.StopAsync();
    }

    [Fact]
    public async Task What_somebody_has_set_stays_and_only_Akkas_defaults_are_replaced()
    {
        const string Own =
            """
            akka.cluster.failure-detector.acceptable-heartbeat-pause = 12s
            akka.cluster.pub-sub.gossip-interval = 1s
            akka.remote.retry-gate-closed-for = 700ms
            akka.cluster.pub-sub.role = other
            akka.coordinated-shutdown.phases.before-service-unbind.timeout = 70s
            """;
        using var host = await StartAsync($"{Cluster}\nakka.cluster.roles = [socketio]\n{Own}", null);

        var config = host.Services.GetRequiredService<ActorSystem>().Settings.Config;

        Assert.Equal(TimeSpan.FromSeconds(12), config.GetTimeSpan("akka.cluster.failure-detector.acceptable-heartbeat-pause"));
        Assert.Equal(TimeSpan.FromMilliseconds(700), config.GetTimeSpan("akka.remote.retry-gate-closed-for"));
        Assert.Equal(TimeSpan.FromSeconds(70), config.GetTimeSpan("akka.coordinated-shutdown.phases.before-service-unbind.timeout"));
        Assert.Equal(TimeSpan.FromMilliseconds(250), config.GetTimeSpan("akka.cluster.pub-sub.gossip-interval"));
        Assert.Equal("socketio", config.GetString("akka.cluster.pub-sub.role"));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_longer_time_for_all_phases_stays()
    {
        using var host = await StartAsync(Cluster + "\nakka.cluster.roles = [socketio]\nakka.coordinated-shutdown.default-phase-timeout = 60s", null);

        var config = host.Services.GetRequiredService<ActorSystem>().Settings.Config;

        Assert.False(config.HasPath("akka.coordinated-shutdown.phases.before-service-unbind.timeout"));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("phases.before-service-unbind.timeout = 12s")]
    [InlineData("phases.before-service-unbind.timeout = soon")]
    [InlineData("default-phase-timeout = 12s")]
    public async Task A_last_phase_that_is_too_short_for_the_drain_is_made_longer(string configured)
    {
        var hocon = $"{Cluster}\nakka.cluster.roles = [socketio]\nakka.coordinated-shutdown.{configured}";
        using var host = await StartAsync(hocon, options => options.DrainTimeout = TimeSpan.FromSeconds(30));

        var config = host.Services.GetRequiredService<ActorSystem>().Settings.Config;

        Assert.Equal(TimeSpan.FromSeconds(32), config.GetTimeSpan("akka.coordinated-shutdown.phases.before-service-unbind.timeout"));
        await host.StopAsync();
    }

    [Fact]
    public async Task The_defaults_of_Akka_are_those_that_are_known_here()
    {
        const string Plain = """
            akka.loglevel = OFF
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
            akka.remote.dot-netty.tcp.port = 0
            """;
        var system = ActorSystem.Create("plain", ConfigurationFactory.ParseString(Plain).WithFallback(DistributedPubSub.DefaultConfig()));

        var config = system.Settings.Config;

        Assert.All(
            ClusterAdapterHocon.Preferred, setting => Assert.Equal(setting.Default, config.GetString(setting.Path).Replace(" ", "", StringComparison.Ordinal)));
        await system.Terminate();
    }

    [Fact]
    public async Task The_adapter_starts_with_the_actor_system()
    {
        using var host = await StartAsync(Cluster + "\nakka.cluster.roles = [socketio]", null);

        Assert.True(host.Services.GetRequiredService<ActorSystem>().HasExtension<ClusterAdapterExtension>());
        await host.StopAsync();
    }

    [Fact]
    public async Task What_is_set_in_code_wins_and_what_is_not_is_left_to_hocon()
    {
        var hocon = Cluster + "\nakka.cluster.roles = [workers]\nakka.cluster-adapter.topic = \"mine\"\nakka.cluster-adapter.ready-timeout = 3s";

        using var host = await StartAsync(hocon, options =>
        {
            options.Role = "workers";
            options.RequestsTimeout = TimeSpan.FromMilliseconds(1_500);
            options.ReadyTimeout = TimeSpan.FromSeconds(4);
            options.MaxOutstandingRequests = 7;
            options.PeerWindow = 100_000;
            options.PeerStallTimeout = TimeSpan.FromSeconds(2);
            options.AdvertisedUrl = new Uri("http://10.0.0.5:8080");
            options.AllowPlaintextCluster = true;
            options.ServerSideValues = ServerSideValues.Hyperion;
            options.RegisterServerSideType<Dictionary<string, Uri[]>>().RegisterServerSideType<ClusterOptionsSample.Nested>();
        });

        var system = host.Services.GetRequiredService<ActorSystem>();
        var settings = ClusterAdapterExtension.Get(system).State.Settings;
        Assert.Equal(("mine", "workers", "workers"), (settings.Topic, settings.Role, system.Settings.Config.GetString("akka.cluster.pub-sub.role")));
        Assert.Equal(
            (TimeSpan.FromMilliseconds(1_500), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(10)),
            (settings.RequestsTimeout, settings.ReadyTimeout, settings.DrainTimeout));
        Assert.Equal(TimeSpan.FromSeconds(2), settings.PeerStallTimeout);
        Assert.Equal(
            (7, 100_000L, "http://10.0.0.5:8080", true),
            (settings.MaxOutstandingRequests, settings.PeerWindow, settings.AdvertisedUrl, settings.AllowPlaintextCluster));
        Assert.Equal(ServerSideValues.Hyperion, settings.ServerSideValues);
        Assert.Equal(
            [typeof(Dictionary<string, Uri[]>), typeof(ClusterOptionsSample.Nested)],
            settings.ServerSideTypes.Select(name => Type.GetType(name, throwOnError: true)!));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("akka.actor.provider = remote", "with remoting but without the cluster")]
    [InlineData("", "without the cluster")]
    public void A_forgotten_clustering_line_is_refused(string hocon, string what)
    {
        using var host = Build($"akka.loglevel = OFF\nakka.remote.dot-netty.tcp.hostname = \"127.0.0.1\"\nakka.remote.dot-netty.tcp.port = 0\n{hocon}", null);

        var refused = Assert.ThrowsAny<Exception>(() => host.Services.GetRequiredService<ActorSystem>());

        Assert.Contains(what, refused.GetBaseException().Message, StringComparison.Ordinal);
        Assert.Contains("WithClustering", refused.GetBaseException().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_worker_is_one_when_somebody_says_so()
    {
        using var host = await StartAsync("akka.loglevel = OFF", options => options.RequireCluster = false);

        Assert.True(ClusterAdapterExtension.Get(host.Services.GetRequiredService<ActorSystem>()).IsReady);
        await host.StopAsync();
    }

    [Fact]
    public async Task Seed_nodes_are_taken_over()
    {
        const string Seed = "akka.tcp://chat@127.0.0.1:1";
        using var host = await StartAsync($"{Cluster}\nakka.cluster.roles = [socketio]\nakka.cluster.seed-nodes = [\"{Seed}\"]", null);

        var seeds = SeedAddresses.Of(host.Services.GetRequiredService<ActorSystem>());

        Assert.Equal((true, Seed), (seeds.AreOurs, Assert.Single(seeds.Addresses).ToString()));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("akka.loggers = [\"Akka.Event.TraceLogger\"]", false)]
    public async Task Akkas_log_goes_to_the_hosts_unless_somebody_has_said_where_it_goes(string hocon, bool isExpected)
    {
        var log = new ListLogger(LogLevel.Information);
        using var host = Build(
            $"{Cluster.Replace("akka.loglevel = OFF", "akka.stdout-loglevel = OFF", StringComparison.Ordinal)}\nakka.cluster.roles = [socketio]\n{hocon}",
            null, log);
        await host.StartAsync();
        var system = host.Services.GetRequiredService<ActorSystem>();

        system.EventStream.Publish(new Akka.Event.Info(null, "/user/x", typeof(SocketIOAkkaHostingTests), "a line of the application's"));
        system.EventStream.Publish(new Akka.Event.Info(null, "/system", typeof(Akka.Remote.RemoteActorRefProvider), "Removing receive buffers for x"));
        system.EventStream.Publish(new Akka.Event.Info(null, "/user/x", typeof(SocketIOAkkaHostingTests), "the last one"));

        if (isExpected)
            await Eventually.TrueAsync(() => log.Lines.Any(line => line.Text.Contains("the last one", StringComparison.Ordinal)));
        await host.StopAsync();
        Assert.Equal(isExpected, log.Lines.Any(line => line.Text.Contains("a line of the application's", StringComparison.Ordinal)));
        Assert.DoesNotContain(log.Lines, line => line.Level > LogLevel.Debug && line.Text.Contains("receive buffers", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(typeof(Akka.Remote.RemoteActorRefProvider), "Removing receive buffers for [x]", true)]
    [InlineData(typeof(AkkaCluster), "Received InitJoin message from [x] to [y]", true)]
    [InlineData(typeof(AkkaCluster), "Leader is moving node [x] to [Up]", false)]
    [InlineData(typeof(SocketIOAkkaHostingTests), "Removing receive buffers for [x]", false)]
    public void What_is_told_of_every_link_is_chatter(Type source, string text, bool isChatter) =>
        Assert.Equal(isChatter, HostLogger.IsChatter(new Akka.Event.Info(null, "", source, text)));

    private static async Task<IHost> StartAsync(string hocon, Action<SocketIOClusterAdapterOptions>? configure)
    {
        var host = Build(hocon, configure);
        await host.StartAsync();
        return host;
    }

    private static IHost Build(string hocon, Action<SocketIOClusterAdapterOptions>? configure, ILoggerFactory? loggers = null) => new HostBuilder()
        .ConfigureServices(services =>
        {
            if (loggers is not null)
                services.AddSingleton(loggers);
            services.AddAkka("chat", akka => akka
                .AddHocon(ConfigurationFactory.ParseString(hocon), HoconAddMode.Append)
                .WithSocketIOClusterAdapter(configure));
        })
        .Build();
}

public static class ClusterOptionsSample
{
    public sealed record Nested(int Value);
}
