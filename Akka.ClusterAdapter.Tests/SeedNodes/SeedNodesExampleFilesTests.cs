using System.Globalization;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Seeds;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.Configuration;
using YamlDotNet.RepresentationModel;

namespace Akka.ClusterAdapter.Tests.SeedNodes;

/// <summary>The deployment files of examples/SeedNodes parse, and agree with the settings they carry.</summary>
public sealed class SeedNodesExampleFilesTests
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "examples", "SeedNodes");
    private static readonly string ByName = Read("by-name.conf");
    private static readonly Config Settings = ConfigurationFactory.ParseString(ByName).WithFallback(ClusterAdapterExtension.DefaultConfig);
    private static readonly SeedDnsSettings SeedDns = SeedDnsSettings.Read(Settings);
    private static readonly double Drain = ClusterAdapterSettings.Read(Settings).DrainTimeout.TotalSeconds;
    private static readonly string TlsFolder = Path.GetDirectoryName(Settings.GetString("akka.cluster-adapter.tls.certificate"))!;

    [Fact]
    public void The_headless_service_is_the_name_that_members_ask_for()
    {
        var service = Manifest("seeds.yaml", "Service");
        var seeds = Manifest("seeds.yaml", "StatefulSet");

        Assert.Equal(
            (SeedDns.Host, "None", "true"), (Text(service, "metadata.name"), Text(service, "spec.clusterIP"), Text(service, "spec.publishNotReadyAddresses")));
        Assert.Equal(Text(service, "spec.selector"), Text(seeds, "spec.selector.matchLabels"));
        Assert.Equal(SeedDns.Port, Number(service, "spec.ports.0.port"));
        Assert.Equal(SeedDns.MinAddresses, Number(seeds, "spec.replicas"));
        // Otherwise the first would wait for the second, which would never be made.
        Assert.Equal("Parallel", Text(seeds, "spec.podManagementPolicy"));
    }

    [Theory]
    [InlineData("seeds.yaml", "StatefulSet", "/app/HOCON/seed-node.conf")]
    [InlineData("workers.yaml", "Deployment", "/app/HOCON/worker.conf")]
    public void A_pod_has_the_files_the_address_and_the_probe_that_its_settings_need(string file, string kind, string hocon)
    {
        var pod = Node(Manifest(file, kind), "spec.template.spec");
        var container = Node(pod, "containers.0");

        Assert.Equal((hocon, Text(container, "volumeMounts.0.mountPath")), (Text(container, "args.0"), Text(container, "args.1")));
        Assert.Equal(TlsFolder, Text(container, "volumeMounts.1.mountPath"));
        Assert.Equal(Text(Manifest("config.yaml", "ConfigMap"), "metadata.name"), Text(pod, "volumes.0.configMap.name"));
        Assert.Contains(Text(pod, "volumes.1.secret.secretName"), Read("kubernetes/certificates.yaml"), StringComparison.Ordinal);
        Assert.Equal("AKKA__REMOTE__DOT_NETTY__TCP__PUBLIC_HOSTNAME", Text(container, "env.0.name"));
        Assert.Equal("status.podIP", Text(container, "env.0.valueFrom.fieldRef.fieldPath"));
        Assert.Equal(SeedDns.Port, Number(container, "ports.0.containerPort"));
        Assert.Equal(("/health/ready", "/health/live"), (Text(container, "readinessProbe.httpGet.path"), Text(container, "livenessProbe.httpGet.path")));
    }

    [Fact]
    public void A_worker_is_replaced_before_it_goes_and_has_the_time_to_drain()
    {
        var workers = Manifest("workers.yaml", "Deployment");
        var pod = Node(workers, "spec.template.spec");

        Assert.Equal((1, 0), (Number(workers, "spec.strategy.rollingUpdate.maxSurge"), Number(workers, "spec.strategy.rollingUpdate.maxUnavailable")));
        Assert.InRange(Number(pod, "terminationGracePeriodSeconds"), Number(pod, "containers.0.lifecycle.preStop.exec.command.1") + Drain + 10, 120);
    }

    [Fact]
    public void The_config_map_carries_the_file() =>
        Assert.Equal(ByName, Text(Manifest("config.yaml", "ConfigMap"), "data.by-name.conf", literal: "by-name.conf"));

    [Fact]
    public void The_kustomization_lists_all_files()
    {
        var listed = ((YamlSequenceNode)Node(Manifest("kustomization.yaml", "Kustomization"), "resources"))
            .Select(node => node.ToString())
            .Append("kustomization.yaml");

        Assert.Equal(
            Directory.GetFiles(Path.Combine(Folder, "kubernetes")).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_compose_file_has_a_service_of_the_name_that_members_ask_for()
    {
        var compose = Documents("compose.yaml").Single();
        var services = Node(compose, "services");

        Assert.Equal(SeedDns.MinAddresses, Number(services, $"{SeedDns.Host}.deploy.replicas"));
        Assert.InRange(double.Parse(Text(compose, "x-node.stop_grace_period").TrimEnd('s'), CultureInfo.InvariantCulture), Drain + 10, 120);
        Assert.EndsWith($":{TlsFolder}:ro", Text(compose, "x-node.volumes.1"), StringComparison.Ordinal);
        Assert.Contains("http://chat-workers:8080", Read("balancer.conf"), StringComparison.Ordinal);
        Assert.IsType<YamlMappingNode>(Node(services, "chat-workers"));
    }

    [Theory]
    [InlineData("chat-seed@.service", "HOCON/seed-node.conf")]
    [InlineData("chat-worker@.service", "HOCON/worker.conf")]
    public void A_systemd_unit_waits_for_ready_and_for_the_drain(string unit, string hocon)
    {
        var lines = Read($"systemd/{unit}").Split('\n');
        var start = Assert.Single(lines, line => line.StartsWith("ExecStart=", StringComparison.Ordinal));
        var stop = Assert.Single(lines, line => line.StartsWith("TimeoutStopSec=", StringComparison.Ordinal));

        Assert.Contains("Type=notify", lines);
        Assert.Contains("KillSignal=SIGTERM", lines);
        Assert.Contains("RestartPreventExitStatus=78", lines);
        Assert.Contains($" {hocon} /etc/chat/cluster.conf", start, StringComparison.Ordinal);
        Assert.InRange(double.Parse(stop.Split('=')[1].TrimEnd('s'), CultureInfo.InvariantCulture), Drain + 10, 120);
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    private static IEnumerable<YamlNode> Documents(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Read(file)));
        return stream.Documents.Select(document => document.RootNode);
    }

    private static YamlNode Manifest(string file, string kind) => Documents($"kubernetes/{file}").First(document => Text(document, "kind") == kind);

    private static YamlNode Node(YamlNode node, string path) =>
        path.Split('.').Aggregate(node, (at, part) => at is YamlSequenceNode list ? list[int.Parse(part, CultureInfo.InvariantCulture)] : at[part]);

    private static int Number(YamlNode node, string path) => int.Parse(Text(node, path), CultureInfo.InvariantCulture);

    /// <param name="node">Where to begin.</param>
    /// <param name="path">Names and numbers with dots between.</param>
    /// <param name="literal">The path's end when it has a dot itself.</param>
    private static string Text(YamlNode node, string path, string? literal = null) =>
        literal is null ? Node(node, path).ToString() : Node(node, path[..^(literal.Length + 1)])[literal].ToString();
}
