using System.Diagnostics.CodeAnalysis;

namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>A thread that runs operations, and stands still unless it is its turn. Kept from one interleaving to the next.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for owns nothing.")]
internal sealed class ControlledThread
{
    private static readonly Stack<ControlledThread> Idle = new();
    private readonly SemaphoreSlim _turn = new(0);
    private (Scheduler Scheduler, Operation First) _work;

    /// <summary>Lets a thread begin with an operation.</summary>
    public static void Begin(Scheduler scheduler, Operation first)
    {
        ControlledThread? thread;
        lock (Idle)
            Idle.TryPop(out thread);
        if (thread is null)
        {
            thread = new();
            new Thread(thread.Loop) { IsBackground = true, Name = nameof(ControlledThread) }.Start();
        }

        thread._work = (scheduler, first);
        thread._turn.Release();
    }

    /// <summary>It is its turn.</summary>
    public void Wake() => _turn.Release();

    /// <summary>Until it is its turn.</summary>
    public void Park() => _turn.Wait();

    /// <summary>It may be given other work from now on.</summary>
    public void Rest()
    {
        lock (Idle)
            Idle.Push(this);
    }

    private void Loop()
    {
        SynchronizationContext.SetSynchronizationContext(ControlledContext.Instance);
        while (true)
        {
            _turn.Wait();
            _work.Scheduler.Execute(this, _work.First);
        }
    }
}

/// <summary>What would go on in the thread pool goes on as an operation.</summary>
internal sealed class ControlledContext : SynchronizationContext
{
    public static readonly ControlledContext Instance = new();

    public override void Post(SendOrPostCallback d, object? state) => Controlled.Add("continuation", () => d(state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;
}
