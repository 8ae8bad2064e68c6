using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>What becomes of the application's handlers when the server stops.</summary>
public sealed class StopTests
{
    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Every_disconnect_handler_ends_before_the_host_has_stopped()
    {
        var (ended, late) = (0, 0);
        IHostApplicationLifetime? application = null;
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket => socket.OnDisconnect(async _ =>
            {
                await Task.Delay(Work, TimeProvider.System);
                // The adapters are still there.
                await io.Of("/").EmitAsync("left", socket.Id);
                Interlocked.Increment(ref application!.ApplicationStopped.IsCancellationRequested ? ref late : ref ended);
            })),
            services: Patient);
        application = host.Services.GetRequiredService<IHostApplicationLifetime>();
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.ConnectAsync()));
        // They leave at once when told to: nothing but the handlers is left to wait for.
        var leaving = clients.Select(LeaveAsync).ToArray();

        await host.StopAsync();

        Assert.Equal((20, 0), (ended, late));
        await Task.WhenAll(leaving);
        Assert.Empty(host.Logs.Lines);
    }

    [Fact]
    public async Task A_handler_that_runs_ends_and_its_answer_reaches_the_client_but_no_new_event_is_dispatched()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (began, dispatched) = (0, 0);
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket =>
            {
                socket.On("slow", async () =>
                {
                    Interlocked.Increment(ref began);
                    await gate.Task;
                    return await socket.EmitWithAckAsync<string>("more?", []);
                });
                socket.On("new", () =>
                {
                    Interlocked.Increment(ref dispatched);
                    return ValueTask.CompletedTask;
                });
            }),
            services: Patient);
        await using var client = await host.ConnectAsync();
        await client.SendAsync("421[\"slow\"]");
        await Eventually.TrueAsync(() => began == 1);

        var stopping = host.StopAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                await client.SendAsync("42[\"new\"]");
                return Stopping(host) >= 1;
            },
            "the client is being let go");
        var before = dispatched;
        await client.SendAsync("42[\"new\"]");
        await client.SendAsync("40/other,");
        gate.SetResult();

        await client.ExpectAsync("420[\"more?\"]");
        await client.SendAsync("430[\"yes\"]");
        await client.ExpectAsync("431[\"yes\"]", "closed");
        await stopping;
        Assert.Equal(before, dispatched);
        Assert.Empty(host.Logs.Lines);
    }

    [Fact]
    public async Task A_handler_that_goes_on_until_its_client_leaves_costs_half_of_the_drain_at_most()
    {
        var ended = 0;
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket =>
            {
                socket.On("watch", async () =>
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, socket.Disconnected).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    Interlocked.Increment(ref ended);
                });
            }),
            services: services => services.AddSingleton<IAdapterFactory>(new Factory(TimeSpan.FromSeconds(6))));
        await using var client = await host.ConnectAsync();
        await client.SendAsync("42[\"watch\"]");
        await Eventually.TrueAsync(() => host.Server.Dispatcher.Running.Count == 1);

        await host.StopAsync();

        Assert.Equal(1, ended);
        Assert.Empty(host.Logs.Lines);
    }

    [Theory]
    [InlineData("event")]
    [InlineData("disconnect")]
    [InlineData("connection")]
    [InlineData("middleware")]
    public async Task A_handler_that_blocks_for_ever_does_not_keep_the_server_open(string kind)
    {
        using var never = new ManualResetEventSlim();
        await using var host = await SocketIOTestHost.StartAsync(io => BlockIn(io, kind, never), services: Impatient);
        await using var client = await host.OpenAsync();
        await client.SendAsync("40");
        await client.SendAsync("42[\"event\"]");
        await Eventually.TrueAsync(() => kind == "disconnect"
            ? host.Server.Of("/").Sockets.Count == 1
            : host.Server.Dispatcher.Running.ToString().Contains($"1 {kind}", StringComparison.Ordinal));

        await host.Server.DrainAsync();
        await host.Server.CloseAsync();

        Assert.Contains(
            host.Logs.Lines, line => line.Contains("had not ended", StringComparison.Ordinal) && line.Contains($"1 {kind}", StringComparison.Ordinal));
        Assert.True(host.Server.Shutdown.IsClosed);
        never.Set();
    }

    [Fact]
    public async Task Closing_with_a_cancelled_token_waits_for_no_handler()
    {
        var never = new TaskCompletionSource();
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.OnDisconnect(_ => never.Task)), services: Patient);
        await using var client = await host.ConnectAsync();

        await host.Server.CloseAsync(new CancellationToken(canceled: true)).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(0, host.Server.Engine.SessionCount);
        never.SetResult();
    }

    [Fact]
    public async Task A_handler_that_outlives_its_client_is_waited_for()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = false;
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket => socket.On("save", async () =>
            {
                await gate.Task;
                await Task.Delay(Work, TimeProvider.System);
                ended = !io.Shutdown.IsClosed;
            })),
            services: Patient);
        var client = await host.ConnectAsync();
        await client.SendAsync("42[\"save\"]");
        await Eventually.TrueAsync(() => host.Server.Dispatcher.Running.Count == 1);
        await client.DisposeAsync();
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 0);

        var draining = false;
        host.Server.Shutdown.Draining += () => draining = true;
        var stopping = host.StopAsync();
        await Eventually.TrueAsync(() => draining);
        Assert.False(stopping.IsCompleted);
        gate.SetResult();
        await stopping;

        Assert.True(ended);
    }

    // Who is told late hears of those that have left before.
    private static async Task LeaveAsync(WireClient client)
    {
        while (await client.ReceiveAsync() is not "closed" and var frame)
            Assert.StartsWith("42[\"left\",", frame, StringComparison.Ordinal);
        await client.DisposeAsync();
    }

    private static long Stopping(SocketIOTestHost host) => host.Server.Counters.GetValueOrDefault("rejected.stopping");

    private static void BlockIn(SocketIOServer io, string kind, ManualResetEventSlim never)
    {
        if (kind == "middleware")
        {
            io.Use((_, next) =>
            {
                never.Wait();
                return next();
            });
        }

        io.OnConnection(socket =>
        {
            if (kind == "connection")
                never.Wait();
            if (kind == "event")
                socket.On("event", () => Block(never));
            if (kind == "disconnect")
                socket.OnDisconnect(_ => Block(never));
        });
    }

    private static ValueTask Block(ManualResetEventSlim never)
    {
        never.Wait();
        return default;
    }

    private static void Patient(IServiceCollection services) => services.AddSingleton<IAdapterFactory>(new Factory(TimeSpan.FromMinutes(1)));

    private static void Impatient(IServiceCollection services) => services.AddSingleton<IAdapterFactory>(new Factory(TimeSpan.FromMilliseconds(400)));

    private sealed class Factory(TimeSpan drainTimeout) : IAdapterFactory
    {
        private readonly InMemoryAdapterFactory _inner = new();

        public string WorkerId => _inner.WorkerId;

        public TimeSpan DrainTimeout => drainTimeout;

        public IAdapter Create(IAdapterHost host) => _inner.Create(host);
    }
}
