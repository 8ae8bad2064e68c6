using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>One interleaving of one subject: what its operations need, and what is wrong.</summary>
internal sealed class Race : ILoggerFactory, ILogger
{
    private const int PassSteps = 4;
    private readonly Scheduler _scheduler;
    private readonly List<(string Name, Task Task)> _started = [];

    private Race(Scheduler scheduler) => _scheduler = scheduler;

    /// <summary>The one that runs now.</summary>
    public static Race? Present { get; private set; }

    /// <summary>The clock of the library, the system's included.</summary>
    public FakeTimeProvider Time { get; } = new();

    /// <summary>Callbacks of cancellations by their registrations.</summary>
    public Dictionary<CancellationTokenRegistration, WatchedCallback> Registrations { get; } = [];

    /// <summary>For what the subject does differently each time.</summary>
    public Random Random => _scheduler.Choices.Random;

    /// <summary>Runs a subject from a seed.</summary>
    public static Scheduler Run(Func<Race, Task> subject, int seed, long steps, IReadOnlyList<string> places)
    {
        var scheduler = new Scheduler(new Choices(seed, steps), places);
        var race = Present = new Race(scheduler);
        try
        {
            var whole = Task.CompletedTask;
            scheduler.Run("the subject", () => whole = subject(race));
            race.CheckEnd(whole);
        }
        finally
        {
            Present = null;
        }

        return scheduler;
    }

    /// <summary>Begins something beside what runs.</summary>
    public void Start(string name, Action act) => Start(name, () =>
    {
        act();
        return Task.CompletedTask;
    });

    /// <inheritdoc cref="Start(string, Action)"/>
    public void Start(string name, Func<Task> act)
    {
        var done = new TaskCompletionSource();
        _started.Add((name, done.Task));
        _scheduler.Add(name, () => _ = RunAsync());

        async Task RunAsync()
        {
            try
            {
                await act();
            }
            catch (Exception e)
            {
                _scheduler.Fail($"{name}: {e}");
            }

            done.SetResult();
        }
    }

    /// <summary>All orders of the messages of several senders that leave each sender's own alone.</summary>
    public IEnumerable<T> Shuffle<T>(params IReadOnlyList<T>[] senders)
    {
        var next = new int[senders.Length];
        for (var left = senders.Sum(sender => sender.Count); left > 0; left--)
        {
            var at = Random.Next(left);
            var sender = 0;
            for (; at >= senders[sender].Count - next[sender]; sender++)
                at -= senders[sender].Count - next[sender];
            yield return senders[sender][next[sender]++];
        }
    }

    /// <summary>Completes when nothing goes on any more.</summary>
    public Task IdleAsync() => _scheduler.IdleAsync();

    /// <summary>Lets time pass in small steps, and everything that comes of each happen.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (var i = 0; i < PassSteps; i++)
        {
            Time.Advance(time / PassSteps);
            await IdleAsync();
        }
    }

    /// <summary>What must hold.</summary>
    public void Check(bool holds, string what)
    {
        if (!holds)
            _scheduler.Fail(what);
    }

    /// <summary>Of how many it should be.</summary>
    public void Equal<T>(T expected, T actual, string what) =>
        Check(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: {actual} instead of {expected}");

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error)
            _scheduler.Fail($"{formatter(state, exception)} {exception}");
    }

    private void CheckEnd(Task whole)
    {
        if (_scheduler.Failure is not null)
            return;
        if (whole.IsFaulted)
            _scheduler.Fail(whole.Exception.InnerException!.ToString());
        else if (!whole.IsCompletedSuccessfully)
            _scheduler.Fail("the subject waits for something that does not come");
        else if (_started.Find(each => !each.Task.IsCompleted) is { Name: { } name })
            _scheduler.Fail($"{name} has not ended");
    }
}
