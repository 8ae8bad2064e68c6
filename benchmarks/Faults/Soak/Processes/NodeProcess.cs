using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Akka.ClusterAdapter.Faults.Soak.Nodes;

namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>One life of one process of the cluster.</summary>
internal sealed class NodeProcess : IDisposable
{
    private const int MostLines = 4_000;

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly Process _process;
    private readonly string _url;
    private readonly ConcurrentQueue<string> _log = new();

    private NodeProcess(Process process, string life, string url, bool hasFullLog)
    {
        (_process, Life, _url) = (process, life, url);
        Exited = _process.WaitForExitAsync();
        if (!hasFullLog)
            _ = ReadAsync(process.StandardError);
    }

    /// <summary>Its name: <c>w1#2</c> is the second life of the first worker.</summary>
    public string Life { get; }

    public int Pid => _process.Id;

    public Task Exited { get; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Set when this life is meant to end, or to be in trouble: what follows is no surprise.</summary>
    public bool IsDoomed { get; set; }

    /// <summary>What it logged.</summary>
    public IEnumerable<string> Log => _log;

    /// <param name="role">What it is.</param>
    /// <param name="life">Its name.</param>
    /// <param name="port">Its port for HTTP.</param>
    /// <param name="hocon">Path of its HOCON.</param>
    /// <param name="hasFullLog">Nothing that it logs can be written: the disk is full.</param>
    /// <param name="away">How long clients may be away.</param>
    public static NodeProcess Start(string role, string life, int port, string hocon, bool hasFullLog, TimeSpan away)
    {
        var program = typeof(NodeProcess).Assembly.Location;
        string[] arguments = ["exec", program, "soak-node", role, life, port.ToString(CultureInfo.InvariantCulture), hocon];
        var start = hasFullLog
            ? new ProcessStartInfo("/bin/sh", ["-c", "exec dotnet \"$@\" 2>/dev/full >/dev/full", "sh", .. arguments])
            : new ProcessStartInfo("dotnet", arguments);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, !hasFullLog);
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment[WorkerNode.Away] = away.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        return new NodeProcess(process, life, $"http://127.0.0.1:{port}", hasFullLog);
    }

    /// <summary>What it tells of itself; null while it tells nothing.</summary>
    public async Task<NodeState?> TryStateAsync(bool collect = false)
    {
        try
        {
            return await Http.GetFromJsonAsync<NodeState>($"{_url}/soak/state?collect={collect}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return null;
        }
    }

    /// <summary>Begins to speak, or ends; false when it could not be told.</summary>
    public async Task<bool> TellAsync(string what)
    {
        try
        {
            using var answer = await Http.PostAsync($"{_url}/soak/{what}", content: null);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return false;
        }
    }

    public Task SignalAsync(string signal) => Signals.SendAsync(signal, Pid);

    /// <summary>Ends it if it still runs.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit(5_000);
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            _log.Enqueue(line);
            if (_log.Count > MostLines)
                _log.TryDequeue(out _);
        }
    }
}
