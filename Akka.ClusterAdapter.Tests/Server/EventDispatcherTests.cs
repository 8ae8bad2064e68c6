using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Tests.Server;

public sealed class EventDispatcherTests : IDisposable
{
    private readonly ServerMetrics _metrics = new();
    private readonly EventDispatcher _dispatcher;

    public EventDispatcherTests() => _dispatcher = new(_metrics, NullLogger.Instance, new SocketIOOptions());

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task A_handler_counts_as_running_until_what_it_returned_has_completed()
    {
        var gate = new TaskCompletionSource();

        Start(() => new ValueTask(gate.Task));

        Assert.Equal("1 event", _dispatcher.Running.ToString());
        gate.SetResult();
        Assert.True(await _dispatcher.Running.WaitAsync(CancellationToken.None));
    }

    [Fact]
    public async Task One_that_throws_is_counted_wherever_it_throws_and_runs_no_longer()
    {
        var gate = new TaskCompletionSource();

        Start(() => throw new InvalidOperationException());
        Start(() => ValueTask.FromException(new InvalidOperationException()));
        Start(() => new ValueTask(gate.Task));
        gate.SetException(new InvalidOperationException());
        await _dispatcher.Running.WaitAsync(CancellationToken.None);

        Assert.Equal(0, _dispatcher.Running.Count);
        Assert.Equal(3, _metrics.Snapshot()["failed.handler"]);
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_a_rejection_and_no_failure()
    {
        Start(() => throw new Akka.ClusterAdapter.Server.Handlers.ArgumentRefusedException("no number"));

        Assert.Equal(new Dictionary<string, long> { ["rejected.arguments"] = 1 }, _metrics.Snapshot());
    }

    private void Start(Func<ValueTask> handler) =>
        _dispatcher.Start(new HandlerCall(HandlerKind.Event, "news", "/"), static (handler, _) => handler(), handler, 0);
}
