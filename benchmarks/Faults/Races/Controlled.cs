using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>
/// What the library's rewritten copy calls in the place of locks, the thread pool, clocks and chance, and before each step that others may see
/// (<see cref="Rewriting"/>). Outside of a run everything is as it would be.
/// </summary>
internal static class Controlled
{
    /// <summary>Places at which a fault was planted, those in effect.</summary>
    public static HashSet<int> Planted { get; } = [];

    public static Random Random => Scheduler.Present?.Choices.Random ?? Random.Shared;

    public static TimeProvider Time => Race.Present?.Time ?? TimeProvider.System;

    /// <summary>Something that others may see comes next.</summary>
    public static void Step(int place)
    {
        if (Scheduler.Present is { } scheduler)
            scheduler.Step(place);
        else
            Scheduler.Active?.Fail($"place {place} is reached by a thread that is not controlled: {Environment.StackTrace}");
    }

    /// <summary>Whether the method is not what it was.</summary>
    public static bool IsPlanted(int place) => Planted.Contains(place);

    /// <summary>Runs beside the others.</summary>
    public static void Add(string name, Action body)
    {
        if (Scheduler.Present is { } scheduler)
        {
            scheduler.Add(name, body);
            return;
        }

        Scheduler.Active?.Fail($"a {name} is queued by a thread that is not controlled: {Environment.StackTrace}");
        ThreadPool.QueueUserWorkItem(static body => body(), body, preferLocal: false);
    }

    public static Lock.Scope EnterScope(Lock gate, int place)
    {
        if (Planted.Contains(place))
        {
            Step(place);
            return default;
        }

        Enter(gate, place);
        var scope = gate.EnterScope();
        gate.Exit(); // it was entered twice
        return scope;
    }

    public static void ExitScope(ref Lock.Scope scope)
    {
        scope.Dispose();
        Scheduler.Present?.Unblock();
    }

    public static void Enter(Lock gate, int place)
    {
        if (Scheduler.Present is not { } scheduler)
        {
            gate.Enter();
            return;
        }

        scheduler.Step(place);
        if (Planted.Contains(place))
            return;
        while (!gate.TryEnter())
            scheduler.Block(place);
    }

    public static bool TryEnter(Lock gate, int place)
    {
        Step(place);
        return gate.TryEnter();
    }

    public static void Exit(Lock gate)
    {
        // It was not entered where that is the planted fault.
        if (Planted.Count == 0 || gate.IsHeldByCurrentThread)
            gate.Exit();
        Scheduler.Present?.Unblock();
    }

    public static void MonitorEnter(object gate, ref bool isTaken, int place)
    {
        if (Scheduler.Present is not { } scheduler)
        {
            Monitor.Enter(gate, ref isTaken);
            return;
        }

        scheduler.Step(place);
        if (Planted.Contains(place))
            return;
        for (Monitor.TryEnter(gate, ref isTaken); !isTaken; Monitor.TryEnter(gate, ref isTaken))
            scheduler.Block(place);
    }

    public static void MonitorExit(object gate)
    {
        Monitor.Exit(gate);
        Scheduler.Present?.Unblock();
    }

    [SuppressMessage("Design", "CA1068", Justification = "It is what the call is made on.")]
    public static CancellationTokenRegistration UnsafeRegister(ref CancellationToken token, Action<object?> callback, object? state)
    {
        var watched = new WatchedCallback(callback, state);
        var registration = token.UnsafeRegister(static watched => ((WatchedCallback)watched!).Run(), watched);
        Race.Present?.Registrations[registration] = watched;
        return registration;
    }

    /// <summary>Waits for the callback when another operation is in it.</summary>
    public static void Dispose(ref CancellationTokenRegistration registration, int place)
    {
        if (registration.Unregister() || Race.Present?.Registrations.GetValueOrDefault(registration) is not { } watched)
            return;
        while (watched.RunningOn is { } thread && thread != Environment.CurrentManagedThreadId)
            Scheduler.Present!.Block(place);
    }

    public static ConfiguredAsyncDisposable ConfigureAwait(IAsyncDisposable source, bool continueOnCapturedContext) =>
        new ControlledDisposal(source).ConfigureAwait(continueOnCapturedContext: true);

    public static int Exchange(ref int location, int value, int place)
    {
        Step(place);
        if (!Planted.Contains(place))
            return Interlocked.Exchange(ref location, value);
        var before = location;
        Step(place);
        location = value;
        return before;
    }

    public static int Increment(ref int location, int place) => Add(ref location, 1, place);

    public static int Decrement(ref int location, int place) => Add(ref location, -1, place);

    private static int Add(ref int location, int value, int place)
    {
        Step(place);
        if (!Planted.Contains(place))
            return Interlocked.Add(ref location, value);
        var before = location;
        Step(place);
        return location = before + value;
    }

    public static long Add(ref long location, long value, int place)
    {
        Step(place);
        if (!Planted.Contains(place))
            return Interlocked.Add(ref location, value);
        var before = location;
        Step(place);
        return location = before + value;
    }

    public static bool Queue(IThreadPoolWorkItem item, bool preferLocal)
    {
        if (Scheduler.Present is null && Scheduler.Active is null)
            return ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal);
        Add("work item", item.Execute);
        return true;
    }

    /// <summary>Callbacks run at once: the token counts as cancelled from the call on, as it does there.</summary>
    public static Task CancelAsync(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
            return Task.CompletedTask;
        }
        catch (AggregateException e)
        {
            return Task.FromException(e);
        }
    }
}

/// <summary>The end of a registration waits for its callback as an operation.</summary>
internal sealed class ControlledDisposal(IAsyncDisposable source) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        if (source is not CancellationTokenRegistration registration)
            return source.DisposeAsync();
        Controlled.Dispose(ref registration, place: 0);
        return default;
    }
}

/// <summary>A callback of a cancellation, which may be under way.</summary>
internal sealed class WatchedCallback(Action<object?> callback, object? state)
{
    public int? RunningOn { get; private set; }

    public void Run()
    {
        RunningOn = Environment.CurrentManagedThreadId;
        try
        {
            callback(state);
        }
        finally
        {
            RunningOn = null;
            Scheduler.Present?.Unblock();
        }
    }
}
