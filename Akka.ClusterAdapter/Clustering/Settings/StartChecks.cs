using System.Net;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Remoting;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering.Settings;

/// <summary>
/// Compares the settings in effect with what this adapter needs. What would lose messages or open the cluster to strangers is refused;
/// what only makes failures last longer is a warning.
/// </summary>
internal sealed class StartChecks(ActorSystem system, ClusterAdapterSettings settings, ILoggingAdapter log)
{
    private const string Tcp = "akka.remote.dot-netty.tcp";
    private static readonly TimeSpan LongestGate = TimeSpan.FromSeconds(1);

    private readonly Config _config = system.Settings.Config;

    /// <summary>Largest frame of this worker's remoting, in bytes.</summary>
    public int FrameSize => (int)(_config.GetByteSize($"{Tcp}.maximum-frame-size") ?? 0);

    /// <exception cref="ConfigurationException">A setting would lose messages or is not safe; the message says what to do.</exception>
    public void Run()
    {
        RefuseWithoutRole();
        RefuseSmallFrame();
        RefuseOpenDoor();
        RefuseUnusedTransport();
        RefuseForeignPubSubRole();
        WarnAboutSharedPort();
        WarnAboutGate();
        WarnAboutDelta();
        WarnAboutDrain();
    }

    /// <summary>The checks for a member that is no worker.</summary>
    /// <exception cref="ConfigurationException">A setting is not safe; the message says what to do.</exception>
    public void RunForGuest()
    {
        RefuseOpenDoor();
        WarnAboutGate();
    }

    /// <summary>With a host that stops the server first, Akka must not leave the cluster by itself before.</summary>
    public void WarnWhenHosted()
    {
        if (_config.GetBoolean("akka.coordinated-shutdown.run-by-clr-shutdown-hook", true))
            log.Warning("akka.coordinated-shutdown.run-by-clr-shutdown-hook is on: on SIGTERM this worker leaves the cluster before its sockets are closed. "
                + "Set it to off.");
    }

    private static ConfigurationException Refuse(string sentence) => new(sentence);

    private void RefuseWithoutRole()
    {
        if (!AkkaCluster.Get(system).SelfRoles.Contains(settings.Role))
            throw Refuse(
                $"This member does not have the role '{settings.Role}': add it to akka.cluster.roles, or name one it has in akka.cluster-adapter.role.");
    }

    private void RefuseSmallFrame()
    {
        if (FrameSize < PeerLimits.SmallestFrame)
            throw Refuse($"{Tcp}.maximum-frame-size is {FrameSize} bytes: set it to at least {PeerLimits.SmallestFrame} (256000b is recommended), "
                + "the same on every worker.");
    }

    private void RefuseOpenDoor()
    {
        RefuseUnusedTls();
        if (AsksForCertificates())
            return;
        var bound = _config.GetString($"{Tcp}.bind-hostname", "");
        var host = string.IsNullOrEmpty(bound) ? _config.GetString($"{Tcp}.hostname", "") : bound;
        if (IsLoopback(host))
            return;
        if (settings.ServerSideValues == ServerSideValues.Hyperion)
        {
            throw Refuse($"Remoting listens on '{(host.Length == 0 ? "0.0.0.0" : host)}' without TLS, "
                + "and akka.cluster-adapter.server-side-values = hyperion makes objects of what arrives there: "
                + $"set {Tcp}.enable-ssl with a certificate, {Tcp}.hostname to 127.0.0.1, or server-side-values to json.");
        }

        if (!settings.AllowPlaintextCluster)
        {
            var without = IsEncrypted ? "with TLS that accepts everybody (suppress-validation, or require-mutual-authentication off)" : "without TLS";
            throw Refuse($"Remoting listens on '{(host.Length == 0 ? "0.0.0.0" : host)}' {without}, and whoever reaches that port controls this process: "
                + $"set {Tcp}.hostname to 127.0.0.1, or {Tcp}.enable-ssl with a certificate, "
                + "or akka.cluster-adapter.allow-plaintext-cluster = on in a network you trust.");
        }
    }

    private bool IsEncrypted => _config.GetBoolean($"{Tcp}.enable-ssl", false);

    private DotNettySslSetup? Tls => system.Settings.Setup.Get<DotNettySslSetup>() is { HasValue: true, Value: var setup } ? setup : null;

    /// <summary>TLS that asks for no certificate, or takes any, keeps nobody out.</summary>
    private bool AsksForCertificates()
    {
        if (!IsEncrypted)
            return false;
        return Tls is { } setup
            ? setup is { RequireMutualAuthentication: true, SuppressValidation: false }
            : _config.GetBoolean($"{Tcp}.ssl.require-mutual-authentication", true) && !_config.GetBoolean($"{Tcp}.ssl.suppress-validation", false);
    }

    /// <summary>Certificates that were named but are not used: the member would not be what its settings say.</summary>
    private void RefuseUnusedTls()
    {
        if (_config.GetString("akka.cluster-adapter.tls.certificate", "").Length == 0)
            return;
        if (!IsEncrypted)
            throw Refuse($"akka.cluster-adapter.tls names a certificate, but {Tcp}.enable-ssl is off: set it to on.");
        if (Tls is null)
            throw Refuse("akka.cluster-adapter.tls names a certificate, but the actor system was made without it: "
                + "give it ClusterTls.From(config) as a setup (akka.AddSetup, or ActorSystemSetup.Create).");
    }

    /// <summary>A way to link members that was asked for, where another one is in its place.</summary>
    private void RefuseUnusedTransport()
    {
        var isOwn = _config.GetString($"{Tcp}.transport-class", "").StartsWith(typeof(ClusterTransport).FullName!, StringComparison.Ordinal);
        if (!isOwn && TransportSettings.KindOf(_config) is TransportKind.Epoll or TransportKind.Select)
            throw Refuse($"{TransportSettings.KindKey} is not what links the members: set {Tcp}.transport-class to \"{ClusterTransport.Name}\", "
                + $"or {TransportSettings.KindKey} to auto.");
    }

    private void RefuseForeignPubSubRole()
    {
        var role = _config.GetString("akka.cluster.pub-sub.role", "");
        if (!string.IsNullOrEmpty(role) && role != settings.Role)
            throw Refuse(
                $"akka.cluster.pub-sub.role is '{role}', so messages would not reach the members with the role '{settings.Role}': set it to {settings.Role}.");
        if (string.IsNullOrEmpty(role))
            log.Warning("akka.cluster.pub-sub.role is empty: members without the adapter will be sent what they cannot read. Set it to {0}.", settings.Role);
    }

    private void WarnAboutSharedPort()
    {
        var port = _config.GetInt($"{Tcp}.port", 0);
        if (port != 0 && !IsOff(_config.GetString($"{Tcp}.tcp-reuse-addr", "")))
            log.Warning("{0}.tcp-reuse-addr is not off: a second process can take port {1} unnoticed, and two clusters form. Set it to off.", Tcp, port);
    }

    private void WarnAboutGate()
    {
        var gate = _config.GetTimeSpan("akka.remote.retry-gate-closed-for", TimeSpan.Zero);
        if (gate > LongestGate)
            log.Warning("akka.remote.retry-gate-closed-for is {0}: after a broken link everything is lost for that long. Set it to 500ms.", gate);
    }

    private void WarnAboutDelta()
    {
        var elements = _config.GetInt("akka.cluster.pub-sub.max-delta-elements", 0);
        if (elements > 500)
            log.Warning("akka.cluster.pub-sub.max-delta-elements is {0}: with many topics the registry's gossip outgrows the largest frame and never arrives. "
                + "Set it to 500.", elements);
    }

    private void WarnAboutDrain()
    {
        var phase = CoordinatedShutdown.Get(system).Timeout(CoordinatedShutdown.PhaseBeforeServiceUnbind);
        if (phase < settings.DrainTimeout)
        {
            log.Warning(
                "akka.coordinated-shutdown.phases.before-service-unbind.timeout is {0}: when the actor system shuts down by itself, "
                + "letting clients go (akka.cluster-adapter.drain-timeout, {1}) is cut off. Set it to {2}s.",
                phase,
                settings.DrainTimeout,
                Math.Ceiling((settings.DrainTimeout + ClusterAdapterHocon.AfterDrain).TotalSeconds));
        }
    }

    private static bool IsOff(string value) => value is "off" or "false" or "no";

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
