using System.Globalization;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>Configuration texts for those who configure Akka themselves.</summary>
public static class ClusterAdapterHocon
{
    /// <summary>
    /// Settings of Akka's own that this adapter wants different from Akka's defaults. They must stand before those defaults:
    /// use <c>yours.WithFallback(ClusterAdapterHocon.Hardened())</c> when the actor system is created.
    /// </summary>
    /// <param name="role">The role of <c>akka.cluster-adapter.role</c>; its default when left out.</param>
    /// <param name="drainTimeout"><c>akka.cluster-adapter.drain-timeout</c>; its default, 10 seconds, when left out.</param>
    /// <remarks>
    /// Frame size 256,000 bytes (the same on every worker), a gate of 500 ms after a broken link, ports that no second process can take,
    /// publish-subscribe limited to <paramref name="role"/>, a more patient failure detector, a new attempt to join after 2 s (a process that was
    /// started again on its port is turned away until its earlier life is removed; Akka's 10 s are longer than a worker waits to be ready), time enough to
    /// let clients go before the cluster is left, timers of actors in steps of 50 ms (Akka's 10 ms wake an idle process a hundred times a second), and no
    /// leaving on SIGTERM before the host has stopped.
    /// </remarks>
    public static Config Hardened(string role = "socketio", TimeSpan? drainTimeout = null) => ConfigurationFactory.ParseString(
        $$"""
        akka {
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.phases.before-service-unbind.timeout = {{Seconds((drainTimeout ?? DefaultDrainTimeout) + AfterDrain)}}
          log-dead-letters = 10
          scheduler.tick-duration = 50ms
          remote {
            retry-gate-closed-for = 500ms
            dot-netty.tcp {
              tcp-reuse-addr = off
              maximum-frame-size = 256000b
              send-buffer-size = 512000b
              receive-buffer-size = 512000b
            }
          }
          cluster {
            pub-sub {
              role = {{Quote(role)}}
              gossip-interval = 250ms
              max-delta-elements = 500
              send-to-dead-letters-when-no-subscribers = off
            }
            failure-detector.acceptable-heartbeat-pause = 5s
            shutdown-after-unsuccessful-join-seed-nodes = 60s
            retry-unsuccessful-join-after = 2s
          }
        }
        """);

    /// <summary>What the phase of coordinated shutdown in which clients are let go needs beyond the drain itself: the others are told first.</summary>
    internal static TimeSpan AfterDrain { get; } = TimeSpan.FromSeconds(2);

    private static TimeSpan DefaultDrainTimeout => ClusterAdapterExtension.DefaultConfig.GetTimeSpan("akka.cluster-adapter.drain-timeout");

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds)}s");

    internal static string Quote(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
