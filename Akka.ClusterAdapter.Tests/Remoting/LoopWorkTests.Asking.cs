using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Remoting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <content>An Ask by somebody who is on the thread.</content>
public sealed partial class LoopWorkTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Who_asks_on_the_thread_goes_on_there()
    {
        using var asking = new Asking();
        var asked = await AskHereAsync(asking);
        var (message, asker) = await asking.Told.Task.WaitAsync(Soon);
        Assert.IsType<Outgoing>(message);

        _work.TryAdd(new Item(() => asker.Tell("yes", ActorRefs.NoSender)));
        Assert.True(await _thread.Start());

        Assert.Equal(("yes", true), await asked.WaitAsync(Soon));
    }

    [Fact]
    public async Task A_reply_from_elsewhere_is_for_the_thread_pool()
    {
        using var asking = new Asking();
        var asked = await AskHereAsync(asking);
        var (_, asker) = await asking.Told.Task.WaitAsync(Soon);

        asker.Tell("yes", ActorRefs.NoSender);
        asker.Tell("no", ActorRefs.NoSender);

        Assert.Equal(("yes", false), await asked.WaitAsync(Soon));
    }

    [Fact]
    public async Task Who_asks_elsewhere_goes_on_where_a_thread_stands_by_and_never_on_the_loop()
    {
        using var asking = new Asking();
        var guard = new Guard(NullLogger.Instance);
        var receiver = new EpollReceiver(guard);
        var loop = ClusterLoop.Of(asking.System);
        loop.Begin(receiver, guard);
        _work.ServesClients = true;
        var asked = AskAsideAsync(asking, guard, loop);
        var (_, asker) = await asking.Told.Task.WaitAsync(Soon);

        _work.TryAdd(new Item(() => asker.Tell("yes", ActorRefs.NoSender)));
        Assert.True(await _thread.Start());

        Assert.Equal(("yes", Standby.ThreadName), await asked.WaitAsync(Soon));
        loop.End(receiver);
        await receiver.StopAsync();
    }

    [Fact]
    public async Task An_Ask_on_the_thread_fails_as_Akkas_does()
    {
        using var asking = new Asking();
        var failed = await AskHereAsync(asking);
        (await asking.Told.Task.WaitAsync(Soon)).Asker.Tell(new Status.Failure(new TimeZoneNotFoundException("the test says so")), ActorRefs.NoSender);
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => failed.WaitAsync(Soon));

        using var other = new Asking();
        var wrong = await AskHereAsync(other);
        (await other.Told.Task.WaitAsync(Soon)).Asker.Tell(1, ActorRefs.NoSender);
        await Assert.ThrowsAsync<InvalidOperationException>(() => wrong.WaitAsync(Soon));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_Ask_on_the_thread_that_is_cancelled_ends(bool isBefore)
    {
        using var asking = new Asking();
        using var over = new CancellationTokenSource();
        if (isBefore)
            over.Cancel();
        var asked = await AskHereAsync(asking, over.Token);
        over.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked.WaitAsync(Soon));
    }

    /// <summary>What comes, and the thread on which whoever asked goes on.</summary>
    private static async Task<(string Reply, string? Thread)> AskAsideAsync(Asking asking, Guard guard, ClusterLoop loop)
    {
        var request = new FetchSockets("/", 1, Soon, BroadcastOptions.All);
        var reply = await LoopAsk<string>.AskAsync(asking.Adapter, new(request, 1), guard, loop, CancellationToken.None).ConfigureAwait(false);
        return (reply, Thread.CurrentThread.Name);
    }

    /// <summary>Asks on the thread; what comes, and whether whoever asked goes on there.</summary>
    private async Task<Task<(string Reply, bool IsHere)>> AskHereAsync(Asking asking, CancellationToken ct = default)
    {
        _work.ServesClients = true;
        Task<(string, bool)>? asked = null;
        _work.TryAdd(new Item(() => asked = AskAsync()));
        Assert.True(await _thread.Start());
        return asked!;

        async Task<(string, bool)> AskAsync()
        {
            var request = new FetchSockets("/", 1, Soon, BroadcastOptions.All);
            var reply = await LoopAsk<string>.AskAsync(asking.Adapter, new(request, 1), new Guard(NullLogger.Instance), null, ct);
            return (reply, LoopWork.IsHere);
        }
    }

    /// <summary>An actor that keeps what it is asked.</summary>
    private sealed class Asking : IDisposable
    {
        public Asking() => Adapter = System.ActorOf(Props.Create(() => new Keeper(Told)));

        public ActorSystem System { get; } = ActorSystem.Create("asking");

        public IActorRef Adapter { get; }

        public TaskCompletionSource<(object Message, IActorRef Asker)> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose() => System.Dispose();

        private sealed class Keeper : ReceiveActor
        {
            public Keeper(TaskCompletionSource<(object, IActorRef)> told) => ReceiveAny(message => told.TrySetResult((message, Sender)));
        }
    }
}
