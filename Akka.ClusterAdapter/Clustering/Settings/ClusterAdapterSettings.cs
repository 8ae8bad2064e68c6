using System.Collections.Immutable;
using Akka.ClusterAdapter.Remoting;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Clustering.Settings;

/// <summary>The settings under <c>akka.cluster-adapter</c>. Defaults stand in reference.conf only.</summary>
internal sealed record ClusterAdapterSettings
{
    public const string Path = "akka.cluster-adapter";

    public required string Topic { get; init; }

    public required string Role { get; init; }

    public required TimeSpan RequestsTimeout { get; init; }

    public required TimeSpan ReadyTimeout { get; init; }

    public required TimeSpan DrainTimeout { get; init; }

    public required int MaxOutstandingRequests { get; init; }

    public required int MaxPacketSize { get; init; }

    public required long PeerWindow { get; init; }

    public required long PeerQueue { get; init; }

    public required TimeSpan PeerStallTimeout { get; init; }

    public required TimeSpan BeatInterval { get; init; }

    /// <summary>Sessions are copied to another worker while their clients are connected.</summary>
    public required bool SurvivesCrash { get; init; }

    public required ServerSideValues ServerSideValues { get; init; }

    /// <summary>Names of the types that may cross as CLR values.</summary>
    public required ImmutableArray<string> ServerSideTypes { get; init; }

    /// <summary>Empty: found out from the server's addresses.</summary>
    public required string AdvertisedUrl { get; init; }

    public required bool AllowPlaintextCluster { get; init; }

    /// <summary>An actor system without the cluster provider is a mistake, not a cluster of one.</summary>
    public required bool RequireCluster { get; init; }

    /// <summary>Reads the settings of an actor system whose configuration falls back on reference.conf.</summary>
    /// <exception cref="ConfigurationException">A value is missing or wrong; the message names the full key.</exception>
    public static ClusterAdapterSettings Read(Config config)
    {
        var keys = new SettingsReader(config, Path);
        keys.RefuseUnknown(ClusterAdapterExtension.DefaultConfig, free: "loop-dispatcher");
        ClusterLoop.Check(config);
        return new ClusterAdapterSettings
        {
            Topic = keys.Text("topic"),
            Role = keys.Text("role"),
            RequestsTimeout = keys.Duration("requests-timeout"),
            ReadyTimeout = keys.Duration("ready-timeout"),
            DrainTimeout = keys.Duration("drain-timeout"),
            MaxOutstandingRequests = keys.Whole("max-outstanding-requests", 1, 1_000_000),
            MaxPacketSize = (int)keys.Bytes("max-packet-size", 256_000, 64_000_000),
            PeerWindow = keys.Bytes("peer-window", 64 * 1024, 1L << 30),
            PeerQueue = keys.Bytes("peer-queue", 64 * 1024, 1L << 30),
            PeerStallTimeout = keys.Duration("peer-stall-timeout"),
            BeatInterval = keys.Duration("beat-interval"),
            SurvivesCrash = keys.Switch("recovery.survive-crash"),
            ServerSideValues = keys.OneOf("server-side-values", ("json", ServerSideValues.Json), ("hyperion", ServerSideValues.Hyperion)),
            ServerSideTypes = keys.Texts("server-side-types"),
            AdvertisedUrl = keys.Url("advertised-url"),
            AllowPlaintextCluster = keys.Switch("allow-plaintext-cluster"),
            RequireCluster = keys.Switch("require-cluster"),
        };
    }
}
