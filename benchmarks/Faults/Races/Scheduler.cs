using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>
/// Lets one operation run at a time, and another one go on wherever the code comes to a lock, a field that changes, a volatile or interlocked access, a
/// collection or the thread pool. The orders are those of a sequentially consistent machine.
/// </summary>
/// <param name="choices">Decides who goes on.</param>
/// <param name="places">Names of the places, for the report.</param>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for owns nothing.")]
internal sealed class Scheduler(Choices choices, IReadOnlyList<string> places)
{
    private const long MostSteps = 2_000_000;
    private const int ShownTurns = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [ThreadStatic]
    private static Scheduler? t_present;

    private readonly SemaphoreSlim _over = new(0);
    private readonly List<Operation> _able = [];
    private readonly List<Operation> _blocked = [];
    private readonly Queue<(string Operation, int Place)> _turns = new();
    private readonly Queue<TaskCompletionSource> _waiters = new();
    private Operation? _present;
    private long _steps;
    private bool _isOver;

    /// <summary>The one whose turn this thread has; null elsewhere.</summary>
    public static Scheduler? Present => t_present;

    /// <summary>The one that runs now, on whichever thread; null when none does.</summary>
    public static Scheduler? Active { get; private set; }

    public Choices Choices => choices;

    /// <summary>Turns that were given.</summary>
    public long Turns { get; private set; }

    /// <summary>Stands for the order of all turns.</summary>
    public long Order { get; private set; } = 17;

    /// <summary>What went wrong first; null when nothing did.</summary>
    public string? Failure { get; private set; }

    /// <summary>Runs an operation and all that comes of it, until nothing can go on. Called by a thread that is not controlled.</summary>
    public void Run(string name, Action body)
    {
        Add(name, body);
        Active = this;
        _present = _able[0];
        ControlledThread.Begin(this, _able[0]);
        if (!_over.Wait(Patience))
            Fail($"{_present?.Name} does not come to its next step; the last was {_turns.LastOrDefault()}");
        _isOver = true;
        Active = null;
    }

    /// <summary>One operation more; it begins when it is its turn.</summary>
    public void Add(string name, Action body) => _able.Add(new Operation(name, body, choices.NewPriority()));

    /// <summary>Completes when nothing else can go on.</summary>
    public Task IdleAsync()
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiters.Enqueue(idle);
        return idle.Task;
    }

    /// <summary>The present operation comes to a place where another one may go on.</summary>
    public void Step(int place)
    {
        if (_steps++ > MostSteps)
            Stop($"after {MostSteps} steps there is no end");
        if (_able.Count == 1)
            return;
        var present = _present!;
        var next = choices.Next(_able, present);
        if (next != present)
            Give(next, present, place);
    }

    /// <summary>The present operation waits until a lock is released.</summary>
    public void Block(int place)
    {
        var present = _present!;
        present.IsBlocked = true;
        _able.Remove(present);
        _blocked.Add(present);
        if (_able.Count == 0)
            Stop($"deadlock: {string.Join(", ", _blocked.Select(each => each.Name))} wait for locks; the last at {places[place]}");
        Give(choices.Next(_able, present: null), present, place);
    }

    /// <summary>A lock was released.</summary>
    public void Unblock()
    {
        if (_blocked.Count == 0)
            return;
        foreach (var each in _blocked)
            each.IsBlocked = false;
        _able.AddRange(_blocked);
        _blocked.Clear();
    }

    /// <summary>The first failure counts.</summary>
    public void Fail(string what) => Failure ??= what;

    /// <summary>Who ran, and where each gave way.</summary>
    public string History()
    {
        var text = new StringBuilder();
        foreach (var (operation, place) in _turns)
            text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"    {operation,-24} to {(place < 0 ? "its end" : places[place])}");
        return text.ToString();
    }

    /// <summary>Runs operations on a thread, as long as there are some that have not begun.</summary>
    public void Execute(ControlledThread thread, Operation first)
    {
        t_present = this;
        for (Operation? operation = first; operation is not null;)
        {
            operation.Thread = thread;
            try
            {
                operation.Run();
            }
            catch (Exception e)
            {
                Fail($"{operation.Name}: {e}");
            }

            operation = End(thread, operation);
        }

        t_present = null;
    }

    // The operation that this thread goes on with; null when it is another one's turn.
    private Operation? End(ControlledThread thread, Operation ended)
    {
        _able.Remove(ended);
        if (_able.Count == 0 && _blocked.Count == 0 && Failure is null && _waiters.TryDequeue(out var idle))
            idle.SetResult();
        if (_able.Count == 0 || Failure is not null)
        {
            if (_blocked.Count > 0)
                Fail($"deadlock: {string.Join(", ", _blocked.Select(each => each.Name))} wait for locks that nobody releases");
            Rest(thread);
            _over.Release();
            return null;
        }

        var next = choices.Next(_able, present: null);
        Note(ended, -1, next);
        if (next.Thread is null)
            return next;
        Rest(thread);
        next.Thread.Wake();
        return null;
    }

    private static void Rest(ControlledThread thread)
    {
        t_present = null;
        thread.Rest();
    }

    private void Give(Operation next, Operation present, int place)
    {
        Note(present, place, next);
        if (next == present)
            return;
        if (next.Thread is null)
            ControlledThread.Begin(this, next);
        else
            next.Thread.Wake();
        present.Thread!.Park();
    }

    private void Note(Operation from, int place, Operation to)
    {
        _present = to;
        Turns++;
        Order = unchecked((Order * 31) + place + (_able.IndexOf(to) * 7_919));
        _turns.Enqueue((from.Name, place));
        if (_turns.Count > ShownTurns)
            _turns.Dequeue();
    }

    // The others stand still for good: nothing in them may go on with a state that is wrong.
    private void Stop(string what)
    {
        Fail(what);
        _over.Release();
        if (!_isOver)
            _present!.Thread!.Park();
    }
}
