using System.Diagnostics;
using System.Text.Json;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>The original in one Node process (<c>Akka.ClusterAdapter.Tests/Interop/differential.mjs</c>); ends with this one.</summary>
internal sealed class OriginalServer : IServerUnderTest, IAsyncDisposable
{
    private const string Ready = "READY ";

    private readonly Process _node;
    private readonly HttpClient _http = new();
    private Dictionary<string, int> _ports = [];

    private OriginalServer(Process node) => _node = node;

    public static async Task<OriginalServer> StartAsync(string root)
    {
        var folder = Path.Combine(root, "Akka.ClusterAdapter.Tests", "Interop");
        var start =
            new ProcessStartInfo("node", ["differential.mjs"]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        var server = new OriginalServer(Process.Start(start)!);
        var line = await server._node.StandardOutput.ReadLineAsync();
        if (line?.StartsWith(Ready, StringComparison.Ordinal) != true)
            throw new InvalidOperationException($"The original did not start: {line}. Run \"make node-modules\" first.");
        server._ports = JsonSerializer.Deserialize<Dictionary<string, int>>(line[Ready.Length..])!;
        return server;
    }

    public Uri Address(Variant variant) => new($"http://127.0.0.1:{_ports[variant.ToString().ToLowerInvariant()]}/");

    public async Task<(IReadOnlyList<string> Log, int Sessions)> SeenAsync(Variant variant)
    {
        if (_node.HasExited)
            throw new InvalidOperationException($"The original ended with {_node.ExitCode}.");
        using var seen = JsonDocument.Parse(await _http.GetStringAsync(new Uri(Address(variant), "log")));
        return (
            [.. seen.RootElement.GetProperty("log").EnumerateArray().Select(line => line.GetString()!)], seen.RootElement.GetProperty("sessions").GetInt32());
    }

    public Task ForgetAsync(Variant variant) => _http.GetStringAsync(new Uri(Address(variant), "reset"));

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        _http.Dispose();
        try
        {
            await _node.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        }
        catch (TimeoutException)
        {
            _node.Kill(entireProcessTree: true);
        }

        _node.Dispose();
    }
}
