using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>
/// The one gate through which the runtime enters this library: timers, pool work items, registrations, events, continuations, framework callbacks. What they
/// throw is logged and counted, and nothing else comes of it: an exception that leaves such a callback would end the process.
/// Call it outside of locks.
/// </summary>
/// <param name="logger">Gets one line for each failure.</param>
/// <param name="failed">Told of each failure with the root's name, for a counter. May be null. What it throws is dropped.</param>
internal sealed partial class Guard(ILogger logger, Action<string>? failed = null)
{
    private long _failures;

    /// <summary>How many callbacks have failed since the start.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Runs a callback here and now; false when it threw.</summary>
    /// <param name="root">Name of the place, for the log and the counter: few values, no data.</param>
    /// <param name="body">What to run; a static lambda costs no allocation.</param>
    /// <param name="state">Its argument.</param>
    public bool Run<TState>(string root, Action<TState> body, TState state)
    {
        try
        {
            body(state);
            return true;
        }
        catch (Exception e)
        {
            Fail(root, e);
            return false;
        }
    }

    /// <summary>Reads something for the runtime; something else when that throws.</summary>
    public T Read<T>(string root, Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (Exception e)
        {
            Fail(root, e);
            return otherwise;
        }
    }

    /// <summary>Runs an asynchronous callback; the task never fails.</summary>
    public async Task RunAsync<TState>(string root, Func<TState, Task> body, TState state)
    {
        try
        {
            await body(state).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(root, e);
        }
    }

    /// <summary>Waits for nobody: the failure of a task that nobody awaits is logged. Cancellation is no failure.</summary>
    public void Observe(string root, Task task)
    {
        if (!task.IsCompletedSuccessfully)
            _ = ObserveAsync(root, task);
    }

    /// <summary>A timer whose callback is guarded.</summary>
    public ITimer CreateTimer<TState>(TimeProvider time, string root, Action<TState> tick, TState state, TimeSpan due, TimeSpan period) =>
        time.CreateTimer(static work => ((Work<TState>)work!).Execute(), new Work<TState>(this, root, tick, state), due, period);

    /// <summary>Runs a guarded callback on the thread pool.</summary>
    public void Queue<TState>(string root, Action<TState> body, TState state) =>
        ThreadPool.UnsafeQueueUserWorkItem(new Work<TState>(this, root, body, state), preferLocal: false);

    /// <summary>Runs a guarded callback when the token is cancelled, on the thread that cancels; at once when it is already.</summary>
    public CancellationTokenRegistration Register<TState>(string root, Action<TState> body, TState state, CancellationToken token) =>
        token.UnsafeRegister(static work => ((Work<TState>)work!).Execute(), new Work<TState>(this, root, body, state));

    /// <summary>Runs a guarded callback when a task has ended, however that was.</summary>
    public void When<TState>(string root, Task task, Action<TState> body, TState state) => _ = WhenAsync(root, task, body, state);

    /// <summary>A guarded handler of a signal to this process.</summary>
    public PosixSignalRegistration OnSignal(string root, PosixSignal signal, Action<PosixSignalContext> handler) =>
        PosixSignalRegistration.Create(signal, context => Run(root, handler, context));

    /// <summary>What is done when the process ends, after its main method.</summary>
    public void AtProcessExit(string root, Action body) =>
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Run(root, static body => body(), body);

    /// <summary>Starts a guarded thread that keeps no process alive. It begins without what is current here (spans, cultures).</summary>
    public void StartThread(string root, Action body) =>
        new Thread(() => Run(root, static body => body(), body)) { IsBackground = true, Name = root }.UnsafeStart();

    /// <summary>Tells every subscriber of an event; one that throws keeps nothing from the others.</summary>
    /// <param name="root">Name of the event.</param>
    /// <param name="handlers">The event's delegate, null without subscribers.</param>
    /// <param name="invoke">Calls one of them.</param>
    /// <param name="state">Its argument.</param>
    public void Raise<THandler, TState>(string root, THandler? handlers, Action<THandler, TState> invoke, TState state)
        where THandler : Delegate
    {
        if (handlers is null)
            return;
        foreach (var handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                invoke(handler, state);
            }
            catch (Exception e)
            {
                Fail(root, e);
            }
        }
    }

    /// <summary>Logs and counts a failure that was caught elsewhere. Never throws.</summary>
    public void Fail(string root, Exception exception)
    {
        Interlocked.Increment(ref _failures);
        try
        {
            failed?.Invoke(root);
            Log.Failed(logger, root, exception);
        }
        catch (Exception)
        {
            // A counter or a log that fails must not take with it what the guard is there for.
        }
    }

    private async Task WhenAsync<TState>(string root, Task task, Action<TState> body, TState state)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Run(root, body, state);
    }

    private async Task ObserveAsync(string root, Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for it any more.
        }
        catch (Exception e)
        {
            Fail(root, e);
        }
    }

    private sealed class Work<TState>(Guard guard, string root, Action<TState> body, TState state) : IThreadPoolWorkItem
    {
        public void Execute() => guard.Run(root, body, state);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Root} failed; the server goes on.", EventName = "CallbackFailed")]
        public static partial void Failed(ILogger logger, string root, Exception exception);
    }
}
