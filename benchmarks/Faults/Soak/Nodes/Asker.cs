using System.Diagnostics;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>Asks clients and workers all the time: each question must end, with an answer or with its time-out, and in time.</summary>
/// <param name="life">Name of this process's life.</param>
/// <param name="ns">Whose clients are asked.</param>
/// <param name="faults">Takes what ends too late, or otherwise.</param>
internal sealed class Asker(string life, Namespace ns, NodeFaults faults)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    // What a busy machine may take on top.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(8);

    private volatile bool _isAsking;
    private Task _loop = Task.CompletedTask;
    private long _stall;

    public int Answered { get; private set; }

    public void Start()
    {
        if (_isAsking)
            return;
        _isAsking = true;
        _loop = Task.WhenAll(LoopAsync(), WatchAsync());
    }

    public Task StopAsync()
    {
        _isAsking = false;
        return _loop;
    }

    private async Task LoopAsync()
    {
        for (var i = 0; _isAsking; i++)
        {
            await OneAsync(i % 4 == 0 ? "fetch" : i % 4 == 1 ? "who" : "question", i);
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task OneAsync(string what, int number)
    {
        Interlocked.Exchange(ref _stall, 0);
        var start = Stopwatch.GetTimestamp();
        try
        {
            await AskAsync(what, number).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
            Answered++;
        }
        catch (Exception e) when (e is AckTimeoutException or ClusterRequestTimeoutException)
        {
            // An end as good as any.
        }
        catch (Exception e)
        {
            faults.Add($"{life}: {what} ended with {e.GetType().Name}: {e.Message}");
        }

        var took = Stopwatch.GetElapsedTime(start) - TimeSpan.FromMilliseconds(Interlocked.Read(ref _stall));
        if (took > Limit + Margin)
            faults.Add($"{life}: {what} took {took.TotalSeconds:0.0} s");
    }

    private async Task AskAsync(string what, int number)
    {
        switch (what)
        {
            case "fetch":
                await ns.Timeout(Limit).FetchSocketsAsync();
                break;
            case "who":
                await ns.ServerSideEmitWithAckAsync<string>("who", []);
                break;
            default:
                await ns.To(Rooms.Home(number)).Timeout(Limit).EmitWithAckAsync<string>("question", [number]);
                break;
        }
    }

    /// <summary>Adds up for how long this process stood still.</summary>
    private async Task WatchAsync()
    {
        while (_isAsking)
        {
            var start = Stopwatch.GetTimestamp();
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds is > 400 and var stall)
                Interlocked.Add(ref _stall, (long)stall);
        }
    }
}
