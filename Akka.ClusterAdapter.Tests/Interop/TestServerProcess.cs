using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>The example server in a process of its own, with its workers, on free ports.</summary>
public sealed class TestServerProcess : IAsyncDisposable
{
    private const string Ready = "READY ";
    private const int MessageLength = 4_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private TestServerProcess(Process process) => _process = process;

    /// <summary>Addresses of the workers, each on its own port.</summary>
    public IReadOnlyList<string> Urls { get; private set; } = [];

    /// <summary>The address that the workers share.</summary>
    public string SharedUrl { get; private set; } = "";

    /// <summary>Process ids of the workers.</summary>
    public IReadOnlyList<int> Workers { get; private set; } = [];

    /// <summary>Process ids of the workers that there are now, ready or not. The system keeps them by the thread that has started them.</summary>
    public int[] Children => [.. Directory.GetDirectories($"/proc/{_process.Id}/task").SelectMany(ChildrenOf)];

    /// <summary>What it wrote to its standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    /// <summary>How a process ended, and the last that the server said at all, for a test's message.</summary>
    public string ErrorsOf(int process)
    {
        var errors = Errors;
        var end = errors.Split('\n').Where(line => line.Contains($"({process})", StringComparison.Ordinal));
        return $"{string.Join(' ', end)}\n{(errors.Length > MessageLength ? errors[^MessageLength..] : errors)}";
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<TestServerProcess> StartAsync(params string[] arguments)
    {
        // The build puts both projects' output beside each other, in folders of the same configuration.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(here.Parent!.Parent!.FullName, "TestServer", here.Name, "TestServer.dll");
        var start = new ProcessStartInfo("dotnet", [program, "--port", "0", "--end-with-input", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new TestServerProcess(Process.Start(start)!);
        try
        {
            await server.WaitUntilReadyAsync().WaitAsync(Deadline);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    /// <summary>Asks it to end and waits for it; kills it when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await _process.WaitForExitAsync().WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync()
    {
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.BeginErrorReadLine();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith(Ready, StringComparison.Ordinal))
                continue;
            var report = JsonSerializer.Deserialize<ReadyReport>(line[Ready.Length..], JsonSerializerOptions.Web)!;
            (Urls, SharedUrl, Workers) = (report.Urls, report.Shared, report.Workers);
            return;
        }

        throw new InvalidOperationException($"The test server ended before it was ready. {Errors}");
    }

    private static IEnumerable<int> ChildrenOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
        }
        catch (IOException)
        {
            // The thread has ended.
            return [];
        }
    }

    private void Remember(string? line)
    {
        lock (_errors)
            _errors.AppendLine(line);
    }

    private sealed record ReadyReport(string[] Urls, string Shared, int[] Workers);
}
