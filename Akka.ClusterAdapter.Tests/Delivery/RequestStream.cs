using System.Collections.Concurrent;
using System.Text.Json;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>One question to all workers: what it was, how long it took, what came of it.</summary>
internal sealed record Question(string Operation, TimeSpan Took, JsonElement Answer)
{
    public bool IsAnswered => Answer.GetProperty("ok").GetBoolean();
}

/// <summary>
/// Asks one worker to ask all the others, again and again, without waiting for the earlier answers. What asks nobody goes beside it: its longest time is
/// how long the machine itself kept everybody waiting.
/// </summary>
internal sealed class RequestStream : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly ControlledWorker _worker;
    private readonly CancellationTokenSource _enough = new();
    private readonly ConcurrentBag<Question> _questions = [];
    private readonly ConcurrentBag<Question> _probes = [];
    private readonly Task _asking;

    public RequestStream(ControlledWorker worker)
    {
        _worker = worker;
        _asking = Task.WhenAll(
            AskAsync(_questions, new { op = "fetchSockets" }),
            AskAsync(_questions, new { op = "serverSideEmit", @event = "sse-ping", ack = true }),
            AskAsync(_questions, new { op = "emitWithAck", @event = "question", args = Array.Empty<object>() }),
            AskAsync(_probes, new { op = "serverCount" }));
    }

    public int Count => _questions.Count;

    /// <summary>Longest time of a command that asks no other worker.</summary>
    public TimeSpan LongestStall => _probes.Max(probe => probe.Took);

    /// <summary>Asks nothing more, waits for the answers and gives all of them.</summary>
    public async Task<Question[]> EndAsync()
    {
        await _enough.CancelAsync();
        await _asking;
        return [.. _questions];
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _enough.Dispose();
    }

    private async Task AskAsync(ConcurrentBag<Question> into, object command)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        var running = new List<Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(_enough.Token))
                running.Add(AskOnceAsync(into, command));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task AskOnceAsync(ConcurrentBag<Question> into, object command)
    {
        var start = TimeProvider.System.GetTimestamp();
        var answer = await _worker.AskAsync(command, CancellationToken.None);
        into.Add(new Question(command.ToString()!, TimeProvider.System.GetElapsedTime(start), answer));
    }
}
