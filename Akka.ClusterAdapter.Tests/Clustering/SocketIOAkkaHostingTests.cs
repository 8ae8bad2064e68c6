using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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
        Assert.Equal((TimeSpan.FromMilliseconds(1_500), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(10)), (settings.RequestsTimeout, settings.ReadyTimeout, settings.DrainTimeout));
        Assert.Equal(TimeSpan.FromSeconds(2), settings.PeerStallTimeout);
        Assert.Equal((7, 100_000L, "http://10.0.0.5:8080", true), (settings.MaxOutstandingRequests, settings.PeerWindow, settings.AdvertisedUrl, settings.AllowPlaintextCluster));
        Assert.Equal(ServerSideValues.Hyperion, settings.ServerSideValues);
        Assert.Equal([typeof(Dictionary<string, Uri[]>), typeof(ClusterOptionsSample.Nested)], settings.ServerSideTypes.Select(name => Type.GetType(name, throwOnError: true)!));
        await host.StopAsync();
    }

    private static async Task<IHost> StartAsync(string hocon, Action<SocketIOClusterAdapterOptions>? configure)
    {
        var host = new HostBuilder()
            .ConfigureServices(services => services.AddAkka("chat", akka => akka
                .AddHocon(ConfigurationFactory.ParseString(hocon), HoconAddMode.Append)
                .WithSocketIOClusterAdapter(configure)))
            .Build();
        await host.StartAsync();
        return host;
    }
}

public static class ClusterOptionsSample
{
    public sealed record Nested(int Value);
}
