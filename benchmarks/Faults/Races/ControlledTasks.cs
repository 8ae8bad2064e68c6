namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>What tasks do in the pool is done by operations: running, waiting for one of several, for all of them, and for no longer than so long.</summary>
internal static class ControlledTasks
{
    public static Task Run(Action body)
    {
        return Run(Body);

        Task Body()
        {
            body();
            return Task.CompletedTask;
        }
    }

    public static Task Run(Action body, CancellationToken ct) => ct.IsCancellationRequested ? Task.FromCanceled(ct) : Run(body);

    public static Task Run(Func<Task?> body) => Run(async () =>
    {
        await body()!;
        return true;
    });

    public static Task Run(Func<Task?> body, CancellationToken ct) => ct.IsCancellationRequested ? Task.FromCanceled(ct) : Run(body);

    public static Task<TResult> Run<TResult>(Func<TResult> body) => Run<TResult>(() => Task.FromResult(body()));

    public static Task<TResult> Run<TResult>(Func<TResult> body, CancellationToken ct) =>
        ct.IsCancellationRequested ? Task.FromCanceled<TResult>(ct) : Run(body);

    public static Task<TResult> Run<TResult>(Func<Task<TResult>?> body, CancellationToken ct) =>
        ct.IsCancellationRequested ? Task.FromCanceled<TResult>(ct) : Run(body);

    public static Task<TResult> Run<TResult>(Func<Task<TResult>?> body)
    {
        var done = new TaskCompletionSource<TResult>();
        Controlled.Add("Task.Run", () => _ = RunAsync());
        return done.Task;

        async Task RunAsync()
        {
            try
            {
                done.SetResult(await body()!);
            }
            catch (OperationCanceledException e)
            {
                done.SetCanceled(e.CancellationToken);
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }
    }

    public static Task<Task> WhenAny(Task task1, Task task2)
    {
        var first = new TaskCompletionSource<Task>();
        Then(task1, () => first.TrySetResult(task1));
        Then(task2, () => first.TrySetResult(task2));
        return first.Task;
    }

    public static Task WhenAll(IEnumerable<Task> tasks) => WhenAll([.. tasks]);

    public static Task WhenAll(params Task[] tasks) => WhenAll(tasks.AsSpan());

    public static Task WhenAll(params ReadOnlySpan<Task> tasks)
    {
        var (all, left, done) = (tasks.ToArray(), tasks.Length, new TaskCompletionSource());
        if (left == 0)
            return Task.CompletedTask;
        foreach (var task in all)
            Then(task, End);
        return done.Task;

        void End()
        {
            if (--left > 0)
                return;
            if (all.SelectMany(task => task.Exception?.InnerExceptions ?? []).ToArray() is { Length: > 0 } failures)
                done.SetException(failures);
            else if (Array.Exists(all, task => task.IsCanceled))
                done.SetCanceled();
            else
                done.SetResult();
        }
    }

    public static Task WaitAsync(Task task, CancellationToken cancellationToken) =>
        WaitAsync(task, Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

    public static Task WaitAsync(Task task, TimeSpan timeout, TimeProvider timeProvider) => WaitAsync(task, timeout, timeProvider, default);

    public static Task WaitAsync(Task task, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        return task.IsCompleted ? task : WaitAsync(WithResultAsync(), timeout, timeProvider, cancellationToken);

        async Task<bool> WithResultAsync()
        {
            await task;
            return true;
        }
    }

    public static Task<TResult> WaitAsync<TResult>(Task<TResult> task, CancellationToken cancellationToken) =>
        WaitAsync(task, Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

    public static Task<TResult> WaitAsync<TResult>(Task<TResult> task, TimeSpan timeout, TimeProvider timeProvider) =>
        WaitAsync(task, timeout, timeProvider, default);

    public static Task<TResult> WaitAsync<TResult>(Task<TResult> task, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (task.IsCompleted)
            return task;
        var done = new TaskCompletionSource<TResult>();
        var timer = timeout == Timeout.InfiniteTimeSpan
            ? null
            : timeProvider.CreateTimer(_ => done.TrySetException(new TimeoutException()), null, timeout, Timeout.InfiniteTimeSpan);
        var registration = cancellationToken.UnsafeRegister((_, token) => done.TrySetCanceled(token), null);
        Then(task, () =>
        {
            timer?.Dispose();
            registration.Unregister();
            done.TrySetFromTask(task);
        });
        return done.Task;
    }

    // At once when the task ends so, and as an operation when it lets go on in the pool.
    private static void Then(Task task, Action next)
    {
        _ = ThenAsync();

        async Task ThenAsync()
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            next();
        }
    }
}
