using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Relaying;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>Something throws where the runtime, or the application, is called or calls: it is logged and counted, and nothing else comes of it.</summary>
public sealed class RootFailureTests
{
    private static readonly Dictionary<string, (string Root, Func<EngineBench, Task> Fail)> Kinds = new()
    {
        ["a session in a flush loop"] = ("Flush", bench => SendAsync(bench, static () => throw new InvalidOperationException())),
        ["a write that fails later"] = ("Flush", bench => SendAsync(bench, static () => new(Task.FromException<bool>(new InvalidOperationException())))),
        ["the timer of all deadlines"] = (nameof(DeadlineQueue), TimerAsync),
        ["a session's heartbeat"] = (nameof(Heartbeat), HeartbeatAsync),
        ["an upgrade's time limit"] = (nameof(UpgradeAttempt), UpgradeAsync),
        ["the end of a gap"] = (nameof(SendGap), GapAsync),
        ["the time limit of a session that closes"] = (nameof(Closing), ClosingAsync),
        ["the handler's Opened"] = (nameof(IEngineHandler.Opened), OpenedAsync),
        ["the handler's Message"] = (nameof(IEngineHandler.Message), MessageAsync),
        ["the handler's Closed, a work item"] = (nameof(IEngineHandler.Closed), ClosedAsync),
        ["the handler's readiness"] = (nameof(IEngineHandler.WaitUntilReadyAsync), ReadinessAsync),
        ["a subscriber of InitialHeaders"] = (
            nameof(EngineServer.InitialHeaders), bench => HookAsync(bench, (server, hook) => server.InitialHeaders += _ => hook())),
        ["a subscriber of Headers"] = (nameof(EngineServer.Headers), bench => HookAsync(bench, (server, hook) => server.Headers += _ => hook())),
        ["a subscriber of ConnectionError"] = (nameof(EngineServer.ConnectionError), ConnectionErrorAsync),
        ["a subscriber of Upgraded"] = (nameof(EngineSocket.Upgraded), UpgradedAsync),
        ["a listener of the counters"] = (nameof(Meter), MeterAsync),
        ["a connection that is let go"] = (nameof(KeptConnection.LetGo), LetGoAsync),
        ["the cut of a connection"] = (nameof(IHttpRequestLifetimeFeature.Abort), AbortAsync),
        ["a client that is let go in a drain"] = (nameof(EngineDrain), DrainAsync),
        ["the timer of the saved sessions"] = (nameof(SessionStores), SessionStoresAsync),
    };

    // When a deadline's callback that threw is called again.
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    // At the latest so much later than it is due a heartbeat is looked at.
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Names => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_throws_is_logged_and_counted_and_touches_nobody_else(string kind)
    {
        var (root, fail) = Kinds[kind];
        await using var bench = new EngineBench();

        await fail(bench);

        await bench.CheckAsync(root);
    }

    [Fact]
    public async Task A_flush_loop_that_cannot_be_scheduled_is_scheduled_by_the_next_message()
    {
        var isFull = false;
        var flusher = new Flusher(item =>
        {
            if (Interlocked.Exchange(ref isFull, false))
                throw new InvalidOperationException("no room");
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        });
        await using var bench = new EngineBench(flusher);
        var first = new TaskCompletionSource();
        var sessions = Enumerable.Range(0, flusher.Count + 1).Select(_ => bench.Open(new FaultyTransport { Write = () => Done(first) })).ToList();

        isFull = true;
        Assert.True(sessions[0].TrySend(EngineHost.Message("kept")));

        // One more session of the same loop.
        foreach (var session in sessions.Skip(1))
            session.TrySend(EngineHost.Message("next"));
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(() => sessions[0].IsWritable);
        await bench.CheckAsync(nameof(FlushLoop));
    }

    private static ValueTask<bool> Done(TaskCompletionSource done)
    {
        done.TrySetResult();
        return new(true);
    }

    private static async Task SendAsync(EngineBench bench, Func<ValueTask<bool>> write)
    {
        var session = bench.Open(new FaultyTransport { Write = write });

        Assert.True(session.TrySend(EngineHost.Message("lost")));

        // What it has got nobody knows: it ends, and only it.
        await Eventually.TrueAsync(() => !bench.Handler.Ends.IsEmpty);
        Assert.Equal(CloseReason.TransportError, bench.Handler.Ends.Single());
        Assert.DoesNotContain(session.Id, bench.Server.Sessions.Keys);
    }

    private static async Task TimerAsync(EngineBench bench)
    {
        bench.Time.FailOnce();
        bench.Time.Advance(bench.Server.Options.PingInterval + Beat);
        Assert.Equal(1, bench.Server.Guard.Failures);

        // The next look does what this one did not.
        bench.Time.Advance(Retry);
        await Eventually.TrueAsync(() => !bench.Bystander.HasPoll);
    }

    private static Task HeartbeatAsync(EngineBench bench)
    {
        var transport = new FaultyTransport { Ready = static () => throw new InvalidOperationException() };
        var session = bench.Open(transport);

        bench.Time.Advance(bench.Server.Options.PingInterval + Beat);
        transport.Ready = static () => true;
        Assert.Equal(PacketVerdict.Accepted, bench.Bystander.Inbound.ReceivePayload(bench.Bystander.Polling!.Transport, "3"u8.ToArray()));

        // The pong is missed all the same.
        bench.Time.Advance(bench.Server.Options.PingTimeout);
        Assert.False(session.IsOpen);
        return Task.CompletedTask;
    }

    private static Task UpgradeAsync(EngineBench bench)
    {
        var session = bench.Handshake();
        Assert.True(session.Upgrade!.TryReserve() && session.Upgrade.TryBegin(bench.WebSocket()));
        session.Upgrade.EndReservation();

        bench.Time.FailOnce(after: 1);
        bench.Time.Advance(bench.Server.Options.UpgradeTimeout);
        Assert.True(session.IsUpgrading);

        // The next look does what this one did not.
        bench.Time.Advance(Retry);
        Assert.False(session.IsUpgrading);
        return Task.CompletedTask;
    }

    private static async Task GapAsync(EngineBench bench)
    {
        var transport = new FaultyTransport();
        transport.Write = () =>
        {
            // The next one who asks is the gap's end.
            transport.Ready = static () => throw new InvalidOperationException();
            return new(true);
        };
        var session = bench.Open(transport);
        session.TrySendAlone(EngineHost.Message("alone"), TimeSpan.FromMilliseconds(20));
        session.TrySend(EngineHost.Message("behind"));
        await Eventually.TrueAsync(() => bench.Server.Guard.Failures > 0);
        transport.Write = static () => new(true);
        transport.Ready = static () => true;

        // The next look does what this one did not.
        await Eventually.TrueAsync(() => session.IsWritable);
    }

    private static async Task ClosingAsync(EngineBench bench)
    {
        var session = bench.Handshake();
        session.Close();
        bench.Time.Advance(TimeSpan.FromSeconds(29.8));
        bench.Time.FailOnce(after: 1);
        bench.Time.Advance(TimeSpan.FromSeconds(0.2));

        // The next look does what this one did not.
        bench.Time.Advance(Retry);
        await Eventually.TrueAsync(() => bench.Handler.Ends.Count == 1);
    }

    private static Task OpenedAsync(EngineBench bench)
    {
        bench.Handler.OnOpened = static _ => throw new InvalidOperationException();
        Assert.True(bench.Handshake().IsOpen);
        return Task.CompletedTask;
    }

    private static Task MessageAsync(EngineBench bench)
    {
        bench.Handler.OnMessage = static (_, text) => throw new InvalidOperationException(text);
        var session = bench.Handshake();

        Assert.Equal(PacketVerdict.Accepted, session.Inbound.ReceivePayload(session.Polling!.Transport, "4a\u001e4b"u8.ToArray()));

        Assert.Equal(["a", "b"], bench.Handler.Texts);
        Assert.True(session.IsOpen);
        return Task.CompletedTask;
    }

    private static async Task ClosedAsync(EngineBench bench)
    {
        bench.Handler.OnClosed = static _ => throw new InvalidOperationException();
        bench.Handshake().Close(discard: true);
        await Eventually.TrueAsync(() => bench.Server.Guard.Failures == 1);
        Assert.Equal(1, bench.Server.SessionCount);
    }

    private static Task ReadinessAsync(EngineBench bench)
    {
        bench.Handler.Ready = static _ => throw new InvalidOperationException();
        Assert.Equal(StatusCodes.Status503ServiceUnavailable, bench.Request("?EIO=4&transport=polling").Response.StatusCode);
        return Task.CompletedTask;
    }

    private static Task HookAsync(EngineBench bench, Action<EngineServer, Action> subscribe)
    {
        var heard = 0;
        subscribe(bench.Server, () => throw new InvalidOperationException());
        subscribe(bench.Server, () => heard++);

        bench.Handshake();

        Assert.Equal(1, heard);
        return Task.CompletedTask;
    }

    private static Task ConnectionErrorAsync(EngineBench bench)
    {
        bench.Server.ConnectionError += static (_, _) => throw new InvalidOperationException();
        Assert.Equal(StatusCodes.Status400BadRequest, bench.Request("?EIO=3&transport=polling").Response.StatusCode);
        return Task.CompletedTask;
    }

    private static async Task UpgradedAsync(EngineBench bench)
    {
        var session = bench.Handshake();
        var heard = 0;
        session.Upgraded += static _ => throw new InvalidOperationException();
        session.Upgraded += _ => heard++;
        var transport = bench.WebSocket();
        Assert.True(session.Upgrade!.TryReserve() && session.Upgrade.TryBegin(transport));

        await session.Inbound.ReceiveFrameAsync(transport, "5"u8.ToArray(), isBinary: false);

        Assert.Equal(1, heard);
        Assert.Equal("websocket", session.TransportName);
    }

    private static async Task MeterAsync(EngineBench bench)
    {
        using var listener = new MeterListener();
        var closing = bench.Handshake();
        var mine = new AsyncLocal<bool> { Value = true };
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "socketio.engine.closed")
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
        {
            // Other tests' servers have the same names.
            if (mine.Value)
                throw new InvalidOperationException();
        });
        listener.Start();

        closing.Close(discard: true);

        await Eventually.TrueAsync(() => bench.Handler.Ends.Count == 1);
        Assert.Equal(1, bench.Server.Counters["closed.forced-close"]);
    }

    private static async Task LetGoAsync(EngineBench bench)
    {
        var session = bench.Handshake();
        var context = new DefaultHttpContext();
        context.Features.Set<IConnectionLifetimeNotificationFeature>(new FaultyConnection());
        session.Connections.Remember(context);
        bench.Server.BeginDrain();

        session.Close(discard: true);

        await Eventually.TrueAsync(() => bench.Handler.Ends.Count == 1);
    }

    private static async Task AbortAsync(EngineBench bench)
    {
        var read = new TaskCompletionSource<int>();
        var transport = bench.WebSocket(new FaultyConnection.Input(read.Task), new FaultyConnection());
        var session = bench.Open(transport);
        var running = transport.RunAsync(session);

        transport.Abort();
        await Eventually.TrueAsync(() => bench.Server.Guard.Failures == 1);
        read.SetResult(0);

        await running.WaitAsync(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(() => bench.Handler.Ends.Count == 1);
    }

    private static async Task DrainAsync(EngineBench bench)
    {
        var left = 0;
        bench.Handshake();
        var drain = bench.Server.DrainAsync(_ => throw new InvalidOperationException($"{left++}"), TimeSpan.FromSeconds(1), CancellationToken.None);
        await Eventually.TrueAsync(() =>
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(50));
            return drain.IsCompleted;
        });

        await drain;
        Assert.True(left >= 2);
    }

    private static Task SessionStoresAsync(EngineBench bench)
    {
        using var stores = new SessionStores(
            new() { MaxDisconnection = TimeSpan.FromSeconds(4) },
            new JsonPacketParser(), bench.Time, static () => throw new InvalidOperationException(), bench.Server.Guard);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        return Task.CompletedTask;
    }
}
