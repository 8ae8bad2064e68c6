namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>
/// Something that the library does on a thread of its own, in two steps: up to the first time that it passes <see cref="Hook"/>, and the rest. Between the two
/// the test does what it likes. It is the scheduler of these tests: a race is one of a few orders, and happens each time.
/// </summary>
internal sealed class SplitStep(Action act)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TaskCompletionSource _parked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether both steps are done.</summary>
    public bool IsDone => _done.Task.IsCompleted;

    /// <summary>The place between the steps, called by the library by way of something that the test has put there.</summary>
    public void Hook()
    {
        if (_parked.TrySetResult())
            Assert.True(_goOn.Task.Wait(Patience), "nobody lets it go on");
    }

    /// <summary>The first step; all of it when it never comes to the hook.</summary>
    public Task FirstAsync()
    {
        new Thread(Run) { IsBackground = true }.Start();
        return Task.WhenAny(_parked.Task, _done.Task).WaitAsync(Patience);
    }

    /// <summary>The rest; fails when the library threw.</summary>
    public Task SecondAsync()
    {
        _parked.TrySetResult();
        _goOn.TrySetResult();
        return _done.Task.WaitAsync(Patience);
    }

    private void Run()
    {
        try
        {
            act();
            _done.SetResult();
        }
        catch (Exception e)
        {
            _done.SetException(e);
        }
    }
}
