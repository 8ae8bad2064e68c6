using System.Globalization;
using System.Text;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Seeds;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;

namespace Akka.Hosting;

/// <summary>Settings of the cluster adapter for those who prefer C# to HOCON. What is null is left to HOCON.</summary>
public sealed class SocketIOClusterAdapterOptions
{
    private readonly List<string> _serverSideTypes = [];

    /// <summary>The one publish-subscribe topic all workers of a server share. HOCON's default: <c>socketio</c>.</summary>
    public string? Topic { get; set; }

    /// <summary>Members of the cluster with this role take part; it must be one of this member's roles. HOCON's default: <c>socketio</c>.</summary>
    public string? Role { get; set; }

    /// <summary>How long a question to other workers waits when the call does not say. HOCON's default: 5 s.</summary>
    public TimeSpan? RequestsTimeout { get; set; }

    /// <summary>How long a worker that the cluster has let in waits for the others before it takes clients all the same. HOCON's default: 10 s.</summary>
    public TimeSpan? ReadyTimeout { get; set; }

    /// <summary>How long a stopping worker takes to close its sockets. HOCON's default: 10 s.</summary>
    public TimeSpan? DrainTimeout { get; set; }

    /// <summary>Most questions that wait for answers at one time. HOCON's default: 1,000.</summary>
    public int? MaxOutstandingRequests { get; set; }

    /// <summary>
    /// Bytes of the largest packet that crosses to other workers; a larger one is a <see cref="Akka.ClusterAdapter.Server.BroadcastTooLargeException"/>.
    /// The same on every worker. HOCON's default: 2 MB.
    /// </summary>
    public int? MaxPacketSize { get; set; }

    /// <summary>Most bytes in flight to one other worker. HOCON's default: 4 MB.</summary>
    public long? PeerWindow { get; set; }

    /// <summary>Most bytes that wait for a worker that does not keep up; more is dropped and counted. HOCON's default: 32 MB.</summary>
    public long? PeerQueue { get; set; }

    /// <summary>
    /// How long a worker that does not keep up may carry out nothing before callers that await their broadcasts stop waiting for it. HOCON's default: 500 ms.
    /// </summary>
    public TimeSpan? PeerStallTimeout { get; set; }

    /// <summary>How often a worker greets the others and hears itself. HOCON's default: 1 s.</summary>
    public TimeSpan? BeatInterval { get; set; }

    /// <summary>How the values of server-side events and of their answers travel; the same on every worker and emitter. HOCON's default: JSON.</summary>
    public ServerSideValues? ServerSideValues { get; set; }

    /// <summary>
    /// Where other workers reach this worker's HTTP endpoint, also <c>http://unix:/run/chat.sock</c> for those on this
    /// machine. HOCON's default: from the server's addresses.
    /// </summary>
    public Uri? AdvertisedUrl { get; set; }

    /// <summary>A name whose addresses are the seed nodes, in place of <c>akka.cluster.seed-nodes</c>. HOCON's default: none.</summary>
    public string? SeedDnsHost { get; set; }

    /// <summary>The remoting port of the seed nodes behind <see cref="SeedDnsHost"/>. HOCON's default: 8110.</summary>
    public int? SeedDnsPort { get; set; }

    /// <summary>With fewer addresses behind <see cref="SeedDnsHost"/> nobody forms a new cluster: the number of seed nodes. HOCON's default: 2.</summary>
    public int? SeedDnsMinAddresses { get; set; }

    /// <summary>
    /// True has another worker keep a copy of the sessions of this one's clients, so that connection state recovery outlives a worker that is killed. The same
    /// on every worker. Without <see cref="Microsoft.Extensions.DependencyInjection.SocketIOBuilder"/>'s recovery it does nothing. HOCON's default: false.
    /// </summary>
    public bool? RecoverySurvivesCrash { get; set; }

    /// <summary>
    /// True, what <c>WithSocketIOClusterAdapter</c> sets when this is null, refuses an actor system without the cluster; false makes it a cluster of one.
    /// </summary>
    public bool? RequireCluster { get; set; }

    /// <summary>True lets remoting listen on other addresses than the loopback without TLS. HOCON's default: false.</summary>
    public bool? AllowPlaintextCluster { get; set; }

    /// <summary>
    /// Lets values of a type cross in server-side events as CLR values (<see cref="ServerSideValues"/>). Simple values and
    /// collections of registered types need no registration.
    /// </summary>
    /// <remarks>Replaces the list of HOCON.</remarks>
    public SocketIOClusterAdapterOptions RegisterServerSideType<T>()
    {
        _serverSideTypes.Add($"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}");
        return this;
    }

    internal Config ToHocon()
    {
        var text = new StringBuilder();
        Text("topic", Topic);
        Text("role", Role);
        Time("requests-timeout", RequestsTimeout);
        Time("ready-timeout", ReadyTimeout);
        Time("drain-timeout", DrainTimeout);
        Raw("max-outstanding-requests", MaxOutstandingRequests?.ToString(CultureInfo.InvariantCulture));
        Raw("max-packet-size", MaxPacketSize is { } size ? $"{size}B" : null);
        Raw("peer-window", PeerWindow is { } window ? $"{window}B" : null);
        Raw("peer-queue", PeerQueue is { } queue ? $"{queue}B" : null);
        Time("peer-stall-timeout", PeerStallTimeout);
        Time("beat-interval", BeatInterval);
        Raw("recovery.survive-crash", RecoverySurvivesCrash switch { true => "on", false => "off", null => null });
        Raw("server-side-values", ServerSideValues?.ToString().ToLowerInvariant());
        Raw("server-side-types", _serverSideTypes.Count == 0 ? null : $"[{string.Join(", ", _serverSideTypes.Select(ClusterAdapterHocon.Quote))}]");
        Text("advertised-url", AdvertisedUrl?.OriginalString);
        Text("seed-dns.host", SeedDnsHost);
        Raw("seed-dns.port", SeedDnsPort?.ToString(CultureInfo.InvariantCulture));
        Raw("seed-dns.min-addresses", SeedDnsMinAddresses?.ToString(CultureInfo.InvariantCulture));
        Raw("allow-plaintext-cluster", AllowPlaintextCluster switch { true => "on", false => "off", null => null });
        Raw("require-cluster", RequireCluster switch { true => "on", false => "off", null => null });
        return ConfigurationFactory.ParseString(text.ToString());

        void Text(string key, string? value) => Raw(key, value is null ? null : ClusterAdapterHocon.Quote(value));
        void Time(string key, TimeSpan? value) =>
            Raw(key, value is { } time ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds}ms") : null);
        void Raw(string key, string? value)
        {
            if (value is not null)
                text.Append("akka.cluster-adapter.").Append(key).Append(" = ").Append(value).Append('\n');
        }
    }
}

/// <summary>Registers the cluster adapter with Akka.Hosting.</summary>
public static class SocketIOAkkaHostingExtensions
{
    private const string RoleKey = "akka.cluster-adapter.role";
    private const string DrainKey = "akka.cluster-adapter.drain-timeout";
    private const string RequireKey = "akka.cluster-adapter.require-cluster";
    private const string LoggersKey = "akka.loggers";
    private static readonly string[] AkkasLoggers = ["Akka.Event.DefaultLogger"];

    extension(AkkaConfigurationBuilder builder)
    {
        /// <summary>What is configured so far; null when nothing is.</summary>
        internal Config? Earlier => builder.Configuration is { HasValue: true, Value: var earlier } ? earlier : null;

        /// <summary>Akka's log goes to the host's, unless somebody has said where it goes.</summary>
        internal AkkaConfigurationBuilder WithHostLogger() =>
            builder.Earlier?.GetStringList(LoggersKey, []) is { Count: > 0 } set && !set.SequenceEqual(AkkasLoggers)
                ? builder
                : builder.AddHocon($"{LoggersKey} = [\"{typeof(HostLogger).FullName}, {typeof(HostLogger).Assembly.GetName().Name}\"]", HoconAddMode.Prepend);

        /// <summary>
        /// Makes this actor system a worker of a Socket.IO cluster. Call it after <c>WithRemoting</c> and <c>WithClustering</c>: the settings of
        /// <see cref="ClusterAdapterHocon.Hardened"/> are put in front of those configured so far, except where those differ from Akka's defaults.
        /// Seed nodes are taken over as <c>akka.cluster-adapter.seed-nodes</c>, so that a first seed node that is started again joins the cluster that went on
        /// without it. Akka's log goes to <c>ILogger</c> unless <c>akka.loggers</c> or <c>ConfigureLoggers</c> say otherwise, what it tells at Information
        /// about every link as Debug. In front always: <c>akka.cluster.pub-sub.role</c> and <c>akka.coordinated-shutdown.run-by-clr-shutdown-hook</c>, and the
        /// time of the phase <c>before-service-unbind</c> unless it is longer.
        /// </summary>
        /// <param name="configure">Settings that differ from HOCON's; null changes none.</param>
        /// <exception cref="ConfigurationException">Thrown when the actor system starts: a setting is wrong, would lose messages or is not safe.</exception>
        public AkkaConfigurationBuilder WithSocketIOClusterAdapter(Action<SocketIOClusterAdapterOptions>? configure = null)
        {
            var options = new SocketIOClusterAdapterOptions();
            configure?.Invoke(options);
            var configured = options.ToHocon();
            var earlier = builder.Earlier;
            var effective = configured.WithFallback(
                earlier is null ? ClusterAdapterExtension.DefaultConfig : earlier.WithFallback(ClusterAdapterExtension.DefaultConfig));
            var hardened = ClusterAdapterHocon.HardenedOver(earlier, effective.GetString(RoleKey), effective.GetTimeSpan(DrainKey));
            return builder
                .AddHocon(
                    configured.WithFallback(hardened).WithFallback(SeedAddresses.Take(earlier)).WithFallback(RequireCluster(earlier)), HoconAddMode.Prepend)
                .WithHostLogger()
                .WithExtension<ClusterAdapterProvider>()
                .AddStartup((system, _) => ClusterAdapterExtension.Get(system).VerifyHosted());
        }
    }

    /// <summary>Who asks for a cluster adapter by this method wants a cluster, unless HOCON says otherwise.</summary>
    private static Config RequireCluster(Config? earlier) =>
        earlier?.HasPath(RequireKey) == true ? Config.Empty : ConfigurationFactory.ParseString($"{RequireKey} = on");
}
