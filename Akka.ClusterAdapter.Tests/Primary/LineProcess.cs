using System.Diagnostics;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>A real process whose lines the test reads while it runs; killed with the test.</summary>
internal class LineProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly Task _output;

    public LineProcess(string program, IEnumerable<string> arguments, string? folder = null)
    {
        _process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? SourceTree.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Id = _process.Id;
        _output = Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
    }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Standard output and error so far.</summary>
    public string[] Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    /// <summary>How long a line or the end is waited for. Default 3 minutes: whole programs start here, beside everything else.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The first line that contains a text, waited for.</summary>
    public async Task<string> LineAsync(string text)
    {
        await WaitAsync(() => HasExited || Has(text), $"the line \"{text}\"");
        if (!Has(text))
            await _output;
        return Lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"It ended with code {_process.ExitCode} without \"{text}\": {string.Join(" | ", Lines)}");
    }

    public async Task<int> ExitAsync()
    {
        await WaitAsync(() => HasExited, "the end");
        await _output.WaitAsync(Deadline);
        return _process.ExitCode;
    }

    public Task WriteLineAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    public virtual async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await Task.WhenAny(_output.WaitAsync(Deadline));
        _process.Dispose();
    }

    /// <summary>Sends a signal, such as <c>KILL</c>, to processes by their ids.</summary>
    public static async Task SignalAsync(string signal, params int[] processIds)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {string.Join(' ', processIds)}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Whether a process still runs; one that only waits to be collected by its parent does not.</summary>
    public static bool IsRunning(int processId)
    {
        try
        {
            // pid (name) state ...: proc(5)
            return File.ReadAllText($"/proc/{processId}/stat").Split(") ")[^1][0] != 'Z';
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private Task WaitAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () => Task.FromResult(condition()), () => $"{what} of {_process.StartInfo.FileName}; so far: {string.Join(" | ", Lines)}", Deadline);

    private bool Has(string text) => Lines.Any(line => line.Contains(text, StringComparison.Ordinal));

    private async Task ReadAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
            lock (_gate)
                _lines.Add(line);
    }
}
