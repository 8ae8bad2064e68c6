using System.Globalization;
using System.Text.Json;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>Debian's Prometheus with the configuration of <c>examples/Observability</c>: other targets, and a second where people wait for fifteen.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private const string Program = "/usr/bin/prometheus";
    private const string Tool = "/usr/bin/promtool";

    private readonly LineProcess _process;
    private readonly DirectoryInfo _folder;
    private readonly HttpClient _http = new();
    private readonly Uri _url;

    private PrometheusProcess(LineProcess process, DirectoryInfo folder, Uri url) => (_process, _folder, _url) = (process, folder, url);

    /// <summary>Where its files are.</summary>
    public static string Files { get; } = Path.Combine(SourceTree.Root, "examples", "Observability", "prometheus");

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="targets">Ports of this machine to ask.</param>
    public static async Task<PrometheusProcess> StartAsync(IEnumerable<int> targets)
    {
        if (!File.Exists(Program))
            Assert.Fail($"{Program} is missing: make test installs it, or install Debian's prometheus.");
        var folder = Directory.CreateTempSubdirectory("socketio-prometheus-");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "prometheus.yml"), Configuration(await File.ReadAllTextAsync(Path.Combine(Files, "prometheus.yml")), targets));
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePorts.Take(1)[0]}"));
        string[] arguments =
        [
            $"--config.file={folder.FullName}/prometheus.yml", $"--storage.tsdb.path={folder.FullName}/data", $"--web.listen-address={url.Authority}"
        ];
        var prometheus = new PrometheusProcess(new(Program, arguments), folder, url);
        await prometheus._process.LineAsync("Server is ready to receive web requests");
        return prometheus;
    }

    /// <summary>Runs promtool beside its files; what it says, when it is not content.</summary>
    public static async Task<string> CheckAsync(params string[] arguments)
    {
        if (!File.Exists(Tool))
            Assert.Fail($"{Tool} is missing: make test installs it, or install Debian's prometheus.");
        await using var tool = new LineProcess(Tool, arguments, Files);
        return await tool.ExitAsync() == 0 ? "" : string.Join('\n', tool.Lines);
    }

    /// <summary>The samples that a query has now; throws when it cannot be answered.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string query)
    {
        using var answer = await _http.GetAsync(new Uri(_url, "/api/v1/query?query=" + Uri.EscapeDataString(query)));
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{query}: {text}");
        return [.. JsonDocument.Parse(text).RootElement.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string Configuration(string original, IEnumerable<int> targets)
    {
        var lines = original.Split('\n').Select(line => line.TrimStart() switch
        {
            ['s', 'c', 'r', 'a', 'p', 'e', '_', 'i', ..] => "  scrape_interval: 1s",
            ['e', 'v', 'a', 'l', ..] => "  evaluation_interval: 1s",
            "- alerts.yml" => $"  - {Files}/alerts.yml",
            ['-', ' ', 't', 'a', 'r', 'g', 'e', 't', 's', ..] => $"      - targets: [{string.Join(", ", targets.Select(port => $"\"127.0.0.1:{port}\""))}]",
            _ => line,
        }).ToList();
        // All four were found.
        Assert.Equal(4, lines.Except(original.Split('\n')).Count());
        return string.Join('\n', lines);
    }
}
