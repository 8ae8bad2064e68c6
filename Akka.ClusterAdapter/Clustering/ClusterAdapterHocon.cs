using System.Globalization;
using Akka.ClusterAdapter.Clustering.Timers;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>Configuration texts for those who configure Akka themselves.</summary>
public static class ClusterAdapterHocon
{
    private const string LastPhase = "akka.coordinated-shutdown.phases.before-service-unbind.timeout";
    private const string DefaultPhase = "akka.coordinated-shutdown.default-phase-timeout";

    /// <summary>
    /// Settings of Akka's own that this adapter wants different from Akka's defaults. They must stand before those defaults:
    /// use <c>yours.WithFallback(ClusterAdapterHocon.Hardened())</c> when the actor system is created.
    /// </summary>
    /// <param name="role">The role of <c>akka.cluster-adapter.role</c>; its default when left out.</param>
    /// <param name="drainTimeout"><c>akka.cluster-adapter.drain-timeout</c>; its default, 10 seconds, when left out.</param>
    /// <remarks>
    /// The transport between members of this package where it runs, frame size 256,000 bytes (the same on every worker), a gate of 500 ms after a broken link,
    /// ports that no second process can take, publish-subscribe limited to <paramref name="role"/>, a more patient failure detector, a new attempt to join
    /// after 2 s (a process that was started again on its port is turned away until its earlier life is removed; Akka's 10 s would be lost each time), the
    /// cluster's own actors on the thread that receives for its links (<c>akka.cluster-adapter.loop</c>), time enough to let clients go before the cluster
    /// is left, timers of actors in steps of 50 ms that wake the process only when something is due (Akka's wake it a hundred times a second), system messages
    /// confirmed within a second and a half, and no leaving on SIGTERM before the host has stopped.
    /// </remarks>
    public static Config Hardened(string role = "socketio", TimeSpan? drainTimeout = null) =>
        Text([.. Derived(role, drainTimeout ?? DefaultDrainTimeout), .. All.Select(setting => (setting.Path, setting.Value))]);

    /// <summary>
    /// <see cref="Hardened"/> for a configuration that may have Akka's defaults in it already: what somebody has set otherwise stays as it is.
    /// </summary>
    /// <param name="earlier">What is configured so far; null when nothing is.</param>
    /// <param name="role">See <see cref="Hardened"/>.</param>
    /// <param name="drainTimeout">See <see cref="Hardened"/>.</param>
    internal static Config HardenedOver(Config? earlier, string role, TimeSpan? drainTimeout = null)
    {
        var drain = drainTimeout ?? DefaultDrainTimeout;
        return Text([
            .. Derived(role, drain).Where(setting => setting.Path != LastPhase || LastPhaseOf(earlier) <= drain + AfterDrain),
            .. All.Where(setting => !IsSet(earlier, setting)).Select(setting => (setting.Path, setting.Value)),
        ]);
    }

    /// <summary>Settings for which this adapter has a better default: where it stands in Akka's configuration, Akka's default, ours.</summary>
    internal static IReadOnlyList<(string Path, string Default, string Value)> Preferred { get; } =
    [
        ("akka.log-dead-letters", "10", "10"),
        ("akka.scheduler.tick-duration", "10ms", "50ms"),
        ("akka.scheduler.implementation", "Akka.Actor.HashedWheelTimerScheduler", Quote(RestingScheduler.Name)),
        ("akka.remote.retry-gate-closed-for", "5s", "500ms"),
        ("akka.remote.system-message-ack-piggyback-timeout", "0.3s", "1s"),
        ("akka.remote.dot-netty.tcp.transport-class", "Akka.Remote.Transport.DotNetty.TcpTransport,Akka.Remote", Quote(ClusterTransport.Name)),
        ("akka.remote.dot-netty.tcp.tcp-reuse-addr", "off-for-windows", "off"),
        ("akka.remote.dot-netty.tcp.maximum-frame-size", "128000b", "256000b"),
        ("akka.remote.dot-netty.tcp.send-buffer-size", "256000b", "512000b"),
        ("akka.remote.dot-netty.tcp.receive-buffer-size", "256000b", "512000b"),
        ("akka.actor.default-dispatcher.type", "Dispatcher", Quote(DefaultDispatcherConfigurator.Name)),
        ("akka.remote.use-dispatcher", "akka.remote.default-remote-dispatcher", ClusterLoop.DispatcherId),
        ("akka.cluster.use-dispatcher", "", ClusterLoop.DispatcherId),
        ("akka.cluster.pub-sub.use-dispatcher", "", ClusterLoop.DispatcherId),
        ("akka.cluster.pub-sub.gossip-interval", "1s", "250ms"),
        ("akka.cluster.pub-sub.max-delta-elements", "3000", "500"),
        ("akka.cluster.pub-sub.send-to-dead-letters-when-no-subscribers", "on", "off"),
        ("akka.cluster.failure-detector.acceptable-heartbeat-pause", "3s", "5s"),
        ("akka.cluster.shutdown-after-unsuccessful-join-seed-nodes", "off", "60s"),
        ("akka.cluster.retry-unsuccessful-join-after", "10s", "2s"),
    ];

    /// <summary>The dispatcher of the cluster's own actors, which Akka does not know.</summary>
    private static (string Path, string Default, string Value)[] Dispatcher { get; } =
    [
        ($"{ClusterLoop.DispatcherId}.type", "", Quote(LoopDispatcherConfigurator.Name)),
        ($"{ClusterLoop.DispatcherId}.executor", "", "default-executor"),
    ];

    private static IEnumerable<(string Path, string Default, string Value)> All => Preferred.Concat(Dispatcher);

    /// <summary>What the phase of coordinated shutdown in which clients are let go needs beyond the drain itself: the others are told first.</summary>
    internal static TimeSpan AfterDrain { get; } = TimeSpan.FromSeconds(2);

    private static TimeSpan DefaultDrainTimeout => ClusterAdapterExtension.DefaultConfig.GetTimeSpan("akka.cluster-adapter.drain-timeout");

    /// <summary>What follows from the adapter's own settings, whatever a file says.</summary>
    private static (string Path, string Value)[] Derived(string role, TimeSpan drain) =>
    [
        ("akka.coordinated-shutdown.run-by-clr-shutdown-hook", "off"),
        (LastPhase, Seconds(drain + AfterDrain)),
        ("akka.cluster.pub-sub.role", Quote(role)),
    ];

    /// <summary>How long that phase takes as it is configured; nothing when it is not, or cannot be read.</summary>
    private static TimeSpan LastPhaseOf(Config? earlier)
    {
        string[] paths = [LastPhase, DefaultPhase];
        if (Array.Find(paths, path => earlier?.GetString(path, null) is { Length: > 0 }) is not { } path)
            return TimeSpan.Zero;
        try
        {
            return earlier!.GetTimeSpan(path);
        }
        catch (FormatException)
        {
            return TimeSpan.Zero;
        }
    }

    private static bool IsSet(Config? earlier, (string Path, string Default, string Value) setting) =>
        IsAlias(earlier, setting.Path)
        || (earlier?.GetString(setting.Path, null) is { } text && text.Replace(" ", "", StringComparison.Ordinal) != setting.Default);

    /// <summary>A dispatcher may be another one's name: that must not become a section.</summary>
    private static bool IsAlias(Config? earlier, string path) =>
        path.EndsWith("-dispatcher.type", StringComparison.Ordinal) && earlier?.GetValue(path[..path.LastIndexOf('.')])?.IsString() == true;

    private static Config Text(IEnumerable<(string Path, string Value)> settings) =>
        ConfigurationFactory.ParseString(string.Join('\n', settings.Select(setting => $"{setting.Path} = {setting.Value}")));

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds)}s");

    internal static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
