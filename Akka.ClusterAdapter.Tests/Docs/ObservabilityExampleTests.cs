using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;
using YamlDotNet.Serialization;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>examples/Observability as a person starts it, scraped by a real Prometheus that is asked every query of the dashboard and the alerts.</summary>
[Collection(ProcessTests.Name)]
public sealed partial class ObservabilityExampleTests
{
    private const int Workers = 2;

    private static readonly string Folder = Path.Combine(SourceTree.Root, "examples", "Observability");

    [Fact]
    public async Task The_alerts_fire_when_they_should_and_only_then()
    {
        Assert.Equal("", await PrometheusProcess.CheckAsync("check", "rules", "alerts.yml"));
        Assert.Equal("", await PrometheusProcess.CheckAsync("check", "config", "prometheus.yml"));
        Assert.Equal("", await PrometheusProcess.CheckAsync("test", "rules", "alerts.test.yml"));

        var tested = await File.ReadAllTextAsync(Path.Combine(PrometheusProcess.Files, "alerts.test.yml"));
        Assert.All(Rules().Where(rule => rule.Alert is not null), rule => Assert.Matches($"alertname: {rule.Alert}\\n\\s+exp_alerts:", tested));
    }

    [Fact]
    public void The_dashboard_has_what_Grafana_needs_of_one()
    {
        var dashboard = Dashboard();

        Assert.All(["title", "uid", "schemaVersion", "panels", "templating", "time"], name => Assert.True(dashboard.TryGetProperty(name, out _), name));
        var panels = dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel =>
        {
            Assert.Contains(panel.GetProperty("type").GetString(), new[] { "row", "stat", "timeseries" });
            Assert.False(string.IsNullOrEmpty(panel.GetProperty("title").GetString()));
            var place = panel.GetProperty("gridPos");
            Assert.InRange(place.GetProperty("x").GetInt32() + place.GetProperty("w").GetInt32(), 1, 24);
        });
        Assert.All(panels.Where(panel => panel.GetProperty("type").GetString() != "row"), panel =>
        {
            Assert.Equal("prometheus", panel.GetProperty("datasource").GetProperty("type").GetString());
            Assert.All(
                panel.GetProperty("targets").EnumerateArray(),
                target => Assert.True(target.TryGetProperty("refId", out _) && target.TryGetProperty("expr", out _)));
        });
    }

    [Fact]
    public async Task Every_name_in_a_query_is_an_instrument_or_a_rule()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "observability.md"));
        var instruments = Instrument().Matches(page).Select(row => row.Groups[1].Value.Replace('.', '_')).ToHashSet();
        var records = Rules().Select(rule => rule.Record).OfType<string>().ToHashSet();

        var names = Queries().Concat(Rules().Select(rule => rule.Expr))
            .SelectMany(query => Name().Matches(query).Select(match => match.Value)).Distinct().ToList();

        Assert.InRange(names.Count, 30, 80);
        Assert.DoesNotContain(
            names, name => name.Contains(':', StringComparison.Ordinal) ? !records.Contains(name) : !instruments.Contains(Suffix().Replace(name, "")));
    }

    [Fact]
    public async Task Every_query_of_the_dashboard_and_the_alerts_has_an_answer()
    {
        var ports = ConsecutivePorts(1 + Workers);
        await using var collector = await OtlpCollector.StartAsync();
        await using var example = await StartAsync(ports[0], collector.Url);
        await using var prometheus = await PrometheusProcess.StartAsync(ports);
        var url = new Uri(Address().Match(string.Join('\n', example.Lines)).Value);
        using var http = new HttpClient();
        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(number => ChatAsync(url, number, stop.Token)));

        await Eventually.TrueAsync(
            async () => (await prometheus.QueryAsync("sum(socketio_cluster_received_total) > 0")).Count > 0, "workers speak to each other");
        await LineProcess.SignalAsync("KILL", ClusterExample.ReadyWorkers(example.Lines).First(worker => worker.Number == 2).Id);
        var unanswered = new List<string>();
        await Eventually.TrueAsync(async () =>
        {
            await BeRefusedAsync(http, url);
            unanswered.Clear();
            foreach (var query in Queries().Concat(Rules().Select(rule => rule.Record).OfType<string>()))
            {
                if ((await prometheus.QueryAsync(query)).Count == 0)
                    unanswered.Add(query);
            }

            return unanswered.Count == 0;
        }, () => string.Join('\n', unanswered));
        foreach (var rule in Rules())
            await prometheus.QueryAsync(rule.Expr);
        Assert.Equal(1 + Workers, (await prometheus.QueryAsync("up{job=\"chat\"}")).Count);
        string[] exported = ["metrics socketio.engine.sessions", "metrics socketio.broadcasts", "traces socketio.worker.id", "logs Akka.Actor.ActorSystem"];
        await Eventually.TrueAsync(() => exported.All(collector.Names.Contains), () => $"the collector has {string.Join(", ", collector.Names)}");
        await stop.CancelAsync();
        await load;

        Assert.Equal(404, (int)(await http.GetAsync(new Uri(url, "/metrics"))).StatusCode);
    }

    private static async Task<LineProcess> StartAsync(int metricsPort, string collector)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var program = Path.Combine(SourceTree.Root, "artifacts", "bin", "Observability.Example", configuration, "Observability.Example");
        string[] export = [$"OTEL_EXPORTER_OTLP_ENDPOINT={collector}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_METRIC_EXPORT_INTERVAL=2000"];
        string[] variables = [$"CHAT_METRICS_PORT={metricsPort}", "SocketIO__PingInterval=00:00:01", .. export];
        var example = new LineProcess("/usr/bin/env", [.. variables, program, "--workers", Workers.ToString(CultureInfo.InvariantCulture), "--port", "0"]);
        await example.LineAsync("Ctrl+C stops");
        return example;
    }

    /// <summary>Somebody who chats, goes and comes back, also when the worker dies.</summary>
    private static async Task ChatAsync(Uri url, int number, CancellationToken ct)
    {
        var transport = number == 0 ? SocketIOTestTransport.Polling : SocketIOTestTransport.WebSocket;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var client = await SocketIOTestClient.ConnectAsync(
                    url, "/", new { name = $"guest {number}" }, options => options.Transport = transport);
                for (var i = 0; i < 40 && !ct.IsCancellationRequested; i++)
                {
                    await client.EmitWithAckAsync<bool>("say", ["lobby", $"line {i}"]);
                    await client.EmitWithAckAsync<JsonElement>("people", []);
                }

                await client.DisconnectAsync();
            }
            catch (Exception e) when (e is ConnectRefusedException or ClientDisconnectedException or EventTimeoutException or HttpRequestException
                or System.Net.WebSockets.WebSocketException or IOException)
            {
                // The worker was killed.
            }
        }
    }

    private static async Task BeRefusedAsync(HttpClient http, Uri url)
    {
        try
        {
            // There is no such session.
            (await http.GetAsync(new Uri(url, "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA"))).Dispose();
        }
        catch (HttpRequestException)
        {
            // It came to the worker that was killed.
        }
    }

    private static int[] ConsecutivePorts(int count)
    {
        while (true)
        {
            var ports = FreePorts.Take(count);
            if (ports[^1] - ports[0] == count - 1)
                return ports;
        }
    }

    private static JsonElement Dashboard() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "grafana", "dashboard.json"))).RootElement;

    /// <summary>Those of the dashboard, as Grafana sends them for all workers.</summary>
    private static List<string> Queries() =>
    [
        .. from panel in Dashboard().GetProperty("panels").EnumerateArray()
           where panel.TryGetProperty("targets", out _)
           from target in panel.GetProperty("targets").EnumerateArray()
           select target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "1m", StringComparison.Ordinal)
               .Replace("$instance", ".*", StringComparison.Ordinal),
    ];

    private static List<Rule> Rules() =>
        [.. new DeserializerBuilder().IgnoreUnmatchedProperties()
            .WithNamingConvention(YamlDotNet.Serialization.NamingConventions.CamelCaseNamingConvention.Instance).Build()
            .Deserialize<RuleFile>(File.ReadAllText(Path.Combine(PrometheusProcess.Files, "alerts.yml"))).Groups.SelectMany(group => group.Rules)];

    [GeneratedRegex(@"^\| `(socketio\.[a-z._]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Instrument();

    [GeneratedRegex(@"\bsocketio[_:][a-z0-9_:]+")]
    private static partial Regex Name();

    [GeneratedRegex("(_seconds|_bytes)?(_total|_bucket|_count|_sum)?$")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"http://[\d.]+:\d+")]
    private static partial Regex Address();

    /// <summary>A file of rules.</summary>
    public sealed class RuleFile
    {
        public List<RuleGroup> Groups { get; set; } = [];
    }

    /// <summary>A group of them.</summary>
    public sealed class RuleGroup
    {
        public List<Rule> Rules { get; set; } = [];
    }

    /// <summary>One of them.</summary>
    public sealed class Rule
    {
        public string? Record { get; set; }

        public string? Alert { get; set; }

        public string Expr { get; set; } = "";
    }
}
