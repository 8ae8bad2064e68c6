using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Pm2;

/// <summary>One process as pm2 lists it.</summary>
internal sealed record Pm2App(string Name, int Pid, string Status, int Restarts, int ExitCode);

/// <summary>pm2 as it comes from npm, with a home and so a daemon of its own that ends with the test.</summary>
/// <param name="variables">Environment variables of its commands.</param>
internal sealed class Pm2Home(IReadOnlyDictionary<string, string>? variables = null) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("socketio-pm2-");

    /// <summary>Runs a command and gives what it says.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(Command(arguments))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            process.Kill();
            Assert.Fail($"pm2 {string.Join(' ', arguments)} has not ended within {Deadline.TotalSeconds:0} s: {Logs()}");
        }

        Assert.True(process.ExitCode == 0, $"pm2 {string.Join(' ', arguments)} ended with code {process.ExitCode}: {await output} {await errors} {Logs()}");
        return await output;
    }

    public async Task<IReadOnlyList<Pm2App>> ListAsync()
    {
        var text = await RunAsync("jlist", "--silent");
        using var list = JsonDocument.Parse(text[text.IndexOf('[', StringComparison.Ordinal)..]);
        return
        [
            .. from app in list.RootElement.EnumerateArray()
               let env = app.GetProperty("pm2_env")
               select new Pm2App(
                   app.GetProperty("name").GetString()!,
                   app.GetProperty("pid").GetInt32(),
                   env.GetProperty("status").GetString()!,
                   env.GetProperty("restart_time").GetInt32(),
                   env.TryGetProperty("exit_code", out var code) ? code.GetInt32() : 0),
        ];
    }

    /// <summary>What a process has written to its standard output, once a text is among it.</summary>
    public async Task<string[]> LogAsync(string name, string text)
    {
        string[] lines = [];
        var file = Path.Combine(_home.FullName, "logs", $"{name}-out.log");
        await Eventually.TrueAsync(
            async () => (lines = File.Exists(file) ? await File.ReadAllLinesAsync(file) : []).Any(line => line.Contains(text, StringComparison.Ordinal)),
            () => $"\"{text}\" of {name}: {Logs()}",
            Deadline);
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        var daemon = Path.Combine(_home.FullName, "pm2.pid");
        int[] pids = [.. (await ListAsync()).Select(app => app.Pid), int.Parse(await File.ReadAllTextAsync(daemon), CultureInfo.InvariantCulture)];
        await RunAsync("kill");
        await Eventually.TrueAsync(() => !pids.Any(LineProcess.IsRunning), "pm2 and its processes end");
        _home.Delete(recursive: true);
    }

    private string Logs() =>
        string.Join('\n', _home.EnumerateFiles("*.log", SearchOption.AllDirectories).Select(file => $"== {file.Name}\n{File.ReadAllText(file.FullName)}"));

    private ProcessStartInfo Command(string[] arguments)
    {
        var folder = Path.Combine(SourceTree.Root, "examples", "Pm2");
        var pm2 = Path.Combine(folder, "node_modules", "pm2", "bin", "pm2");
        Assert.True(File.Exists(pm2), $"pm2 is not installed: run npm ci in {folder}, or make test.");
        // Whoever runs the tests in the background has SIGINT ignored in all their processes; pm2 stops a process by it.
        var start = new ProcessStartInfo("/usr/bin/env", ["--default-signal=INT", "--default-signal=HUP", "node", pm2, .. arguments])
        {
            WorkingDirectory = SourceTree.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PM2_HOME"] = _home.FullName;
        // It would ask somebody outside for its newest version.
        start.Environment["PM2_DISCRETE_MODE"] = "true";
        start.Environment["PM2_DISABLE_VERSION_CHECK"] = "true";
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return start;
    }
}
