using System.Diagnostics.CodeAnalysis;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Primary;

/// <summary>
/// The lines at the terminal: the primary's own and, marked, those of its workers. A thread of its own writes them, in order; the primary's work never waits
/// for it. While the terminal takes lines, a worker that writes faster waits; when it takes none for a second (a pipe that nobody reads), the newest are
/// dropped, and how many is told when it takes lines again.
/// </summary>
internal sealed class PrimaryOutput
{
    /// <summary>Lines of workers that wait for the terminal.</summary>
    public const int Capacity = 1000;

    // Room for what the primary has to say when its workers have filled theirs.
    private const int OwnCapacity = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Guard _guard;
    private readonly object _gate = new();
    private readonly Queue<(TextWriter To, string Line)> _lines = new();
    private TaskCompletionSource? _progress;
    private bool _hasThread;
    private bool _isWriting;
    private bool _isStuck;
    private int _dropped;

    /// <param name="options">Where the lines go.</param>
    /// <param name="guard">Hears of writers that throw. May be null.</param>
    public PrimaryOutput(PrimaryOptions options, Guard? guard = null)
    {
        _output = TextWriter.Synchronized(options.Output);
        _error = TextWriter.Synchronized(options.Error);
        _guard = guard ?? new(NullLogger.Instance);
    }

    public void Say(string line) => AddOwn(_output, line);

    public void Complain(string line) => AddOwn(_error, line);

    /// <summary>Copies what a worker writes, line by line, until its end.</summary>
    /// <param name="number">The worker's number.</param>
    /// <param name="from">Its standard output or error.</param>
    /// <param name="isError">Which of the two it is.</param>
    /// <param name="isOurs">Says of a line that it was meant for the primary and is not to be copied.</param>
    public async Task CopyAsync(int number, StreamReader from, bool isError, Func<string, bool> isOurs)
    {
        var to = isError ? _error : _output;
        while (await from.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (isOurs(line))
                continue;
            while (!TryAdd(to, $"[worker {number}] {line}", Capacity, waits: true, out var progress))
                await HappensAsync(progress, Patience).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until all lines are written, for a second at most.</summary>
    public async Task FlushAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (Rest() is { } progress)
        {
            var left = Patience - TimeProvider.System.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || !await HappensAsync(progress, left).ConfigureAwait(false))
                return;
        }
    }

    /// <summary>Completes with the next line that is written; null when there is none, or no hope.</summary>
    private Task? Rest()
    {
        lock (_gate)
            return !_isStuck && (_lines.Count > 0 || _isWriting || _dropped > 0) ? Progress() : null;
    }

    private Task Progress() => (_progress ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private async Task<bool> HappensAsync(Task progress, TimeSpan limit)
    {
        try
        {
            await progress.WaitAsync(limit, TimeProvider.System).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            lock (_gate)
                _isStuck = !progress.IsCompleted;
            return false;
        }
    }

    private void AddOwn(TextWriter to, string line) => TryAdd(to, $"[primary] {line}", Capacity + OwnCapacity, waits: false, out _);

    /// <summary>Queues a line or drops it; false when it waits and there is no room yet, with what is to be waited for before the next try.</summary>
    private bool TryAdd(TextWriter to, string line, int capacity, bool waits, [NotNullWhen(false)] out Task? progress)
    {
        progress = null;
        lock (_gate)
        {
            if (_lines.Count >= capacity)
            {
                if (waits && !_isStuck)
                {
                    progress = Progress();
                    return false;
                }

                _dropped++;
                return true;
            }

            if (!_isStuck)
                TellDropped();
            _lines.Enqueue((to, line));
            if (_hasThread)
            {
                Monitor.Pulse(_gate);
                return true;
            }

            _hasThread = true;
        }

        _guard.StartThread("primary output", WriteAll);
        return true;
    }

    private void TellDropped()
    {
        if (_dropped == 0)
            return;
        _lines.Enqueue((_error, $"[primary] {_dropped} line(s) were dropped here: nobody read them"));
        _dropped = 0;
    }

    private void WriteAll()
    {
        while (Next() is { } next)
        {
            Write(next.To, next.Line);
            Written();
        }
    }

    /// <summary>The next line, waited for; null after a while without any: then the thread ends, and another one begins with the next line.</summary>
    private (TextWriter To, string Line)? Next()
    {
        lock (_gate)
        {
            if (_lines.Count == 0)
                TellDropped();
            if (_lines.Count == 0)
                Monitor.Wait(_gate, Patience);
            _isWriting = _hasThread = _lines.Count > 0;
            return _isWriting ? _lines.Dequeue() : null;
        }
    }

    private void Written()
    {
        TaskCompletionSource? progress;
        lock (_gate)
        {
            _isWriting = _isStuck = false;
            (progress, _progress) = (_progress, null);
        }

        progress?.TrySetResult();
    }

    private void Write(TextWriter to, string line)
    {
        try
        {
            to.WriteLine(line);
        }
        catch (IOException)
        {
            // The terminal is gone; that is no reason to end otherwise than in order.
        }
        catch (Exception exception)
        {
            // Of the application; the next line may be written.
            _guard.Fail("output", exception);
        }
    }
}
