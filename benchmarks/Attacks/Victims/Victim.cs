using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;

namespace Attacks.Victims;

/// <summary>A victim in a process of its own.</summary>
internal sealed class Victim : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly Process _process;
    private readonly Task _log;
    private readonly StringBuilder _logText = new();
    private long _logBytes;

    private Victim(Process process)
    {
        _process = process;
        _log = ReadLogAsync();
    }

    public string Url { get; private set; } = "";

    public long LogBytes => Interlocked.Read(ref _logBytes);

    /// <summary>The beginning of what it logged.</summary>
    public string LogText
    {
        get
        {
            lock (_logText)
                return _logText.ToString();
        }
    }

    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    public static async Task<Victim> StartAsync(params string[] options)
    {
        var start =
            new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Attacks.dll"));
        start.ArgumentList.Add("victim");
        foreach (var option in options)
            start.ArgumentList.Add(option);
        var victim = new Victim(Process.Start(start)!);
        while (await victim._process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("READY ", StringComparison.Ordinal))
            {
                victim.Url = line[6..];
                _ = victim._process.StandardOutput.ReadToEndAsync();
                return victim;
            }
        }

        throw new InvalidOperationException($"The victim ended before it was ready: {victim.LogText}");
    }

    public async Task<Stats> StatsAsync(bool collect = false) => (await Http.GetFromJsonAsync<Stats>($"{Url}/stats{(collect ? "?gc=1" : "")}"))!;

    /// <summary>Processor time and resident memory, as the kernel sees them: also of a victim that answers nobody.</summary>
    public (double Cpu, long Rss) Look()
    {
        _process.Refresh();
        return _process.HasExited ? (0, 0) : (_process.TotalProcessorTime.TotalMilliseconds, _process.WorkingSet64);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        await _log;
        _process.Dispose();
    }

    private async Task ReadLogAsync()
    {
        var buffer = new byte[8192];
        while (await _process.StandardError.BaseStream.ReadAsync(buffer) is > 0 and var count)
        {
            Interlocked.Add(ref _logBytes, count);
            lock (_logText)
            {
                if (_logText.Length < 100_000)
                    _logText.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
    }
}
