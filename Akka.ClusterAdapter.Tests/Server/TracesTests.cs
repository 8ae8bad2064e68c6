using System.Diagnostics;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Diagnostics;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>The spans of one worker.</summary>
[Collection(AloneTests.Name)]
public sealed class TracesTests
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task An_event_is_a_span_from_its_packet_to_the_end_of_its_handler_and_has_its_acknowledgement()
    {
        var gate = new TaskCompletionSource();
        using var recorder = new SpanRecorder();
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("add", async (int a, int b) =>
        {
            await gate.Task;
            return a + b;
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("427[\"add\",1,2]");
        await Eventually.TrueAsync(() => host.Server.Dispatcher.Running.Count == 1);
        Assert.DoesNotContain(recorder.Spans, span => span.OperationName == Spans.Event);
        gate.SetResult();
        var span = await recorder.OneAsync(Spans.Event, "/ add");

        Assert.Equal((ActivityKind.Server, default, ActivityStatusCode.Unset), (span.Kind, span.ParentSpanId, span.Status));
        Assert.Equal("ack", Assert.Single(span.Events).Name);
        var socket = Assert.Single(host.Server.Sockets.Sockets.Values);
        Assert.Equal(
            [
                "client.address=127.0.0.1", "network.protocol.name=websocket", "rpc.method=add", "rpc.service=/", "rpc.system=socketio", "socketio.namespace=/",
                "socketio.outcome=completed", $"socketio.session.id={socket.Connection.LogId}", $"socketio.socket.id={socket.Id}",
                "socketio.transport=websocket",
                "socketio.wants_ack=True", "socketio.worker.id=local",
            ],
            Attributes(span));
        Assert.DoesNotContain(socket.Connection.Id, string.Join(' ', Attributes(span)));
    }

    [Fact]
    public async Task What_its_handlers_do_is_within_an_events_span_and_what_comes_after_is_not()
    {
        using var recorder = new SpanRecorder();
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.OnConnection(socket => socket.Use(async (_, next) =>
            {
                await Task.Yield();
                await next();
            }));
            io.On("say", async (string text) =>
            {
                await Task.Yield();
                await io.To("lobby").Except("x").EmitAsync("said", text);
            });
            io.On("later", () => { });
        });
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"say\",\"hello\"]");
        var said = await recorder.OneAsync(Spans.Event, "/ say");
        var published = await recorder.OneAsync(Spans.Publish, "publish /");
        await client.SendAsync("42[\"later\"]");
        var later = await recorder.OneAsync(Spans.Event, "/ later");

        Assert.Equal((said.TraceId, said.SpanId, ActivityKind.Producer), (published.TraceId, published.ParentSpanId, published.Kind));
        Assert.NotEqual(said.TraceId, later.TraceId);
        Assert.Equal(default, later.ParentSpanId);
        Assert.Equal(
            [
                "messaging.destination.name=/", "messaging.message.body.size=16", "messaging.operation.name=publish", "messaging.operation.type=send",
                "messaging.system=socketio",
                "socketio.event=said", "socketio.except=x", "socketio.namespace=/", "socketio.rooms=lobby", "socketio.scope=cluster",
            ],
            Attributes(published));
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task An_event_is_no_part_of_the_request_that_carries_its_connection()
    {
        using var recorder = new SpanRecorder(true, "Microsoft.AspNetCore");
        Activity? current = null;
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("where", () => { current = Activity.Current; }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"where\"]");
        var span = await recorder.OneAsync(Spans.Event, "/ where");

        Assert.Same(span, current);
        Assert.Equal(default, span.ParentSpanId);
    }

    [Fact]
    public async Task One_whose_handler_throws_or_refuses_or_that_nobody_handles_says_so()
    {
        using var recorder = new SpanRecorder();
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.On("fail", async Task () =>
            {
                await Task.Yield();
                throw new InvalidOperationException("on purpose");
            });
            io.On("no", void () => throw new EventException("not now"));
        });
        await using var client = await host.ConnectAsync();

        foreach (var packet in new[] { "42[\"fail\"]", "42[\"no\"]", "42[\"what\"]" })
            await client.SendAsync(packet);
        var (failed, refused, unknown) = (
            await recorder.OneAsync(Spans.Event, "/ fail"), await recorder.OneAsync(Spans.Event, "/ no"), await recorder.OneAsync(Spans.Event, "/ _OTHER"));

        Assert.Equal(
            (ActivityStatusCode.Error, "System.InvalidOperationException", "failed"),
            (failed.Status, failed.GetTagItem("error.type"), failed.GetTagItem("socketio.outcome")));
        Assert.Equal((ActivityStatusCode.Error, "refused"), (refused.Status, refused.GetTagItem("socketio.outcome")));
        Assert.Equal(
            (ActivityStatusCode.Unset, "unhandled", "_OTHER"), (unknown.Status, unknown.GetTagItem("socketio.outcome"), unknown.GetTagItem("rpc.method")));
    }

    [Fact]
    public async Task A_connect_is_a_span_with_its_middlewares_and_connection_handlers_in_it()
    {
        using var recorder = new SpanRecorder();
        Activity? middleware = null, handler = null;
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Use((_, next) =>
            {
                middleware = Activity.Current;
                return next();
            });
            io.OnConnection(_ => { handler = Activity.Current; });
            io.Of("/closed").Use((_, _) => throw new ConnectErrorException("no"));
        });
        await using var client = await host.ConnectAsync();
        await client.SendAsync("40/closed,");
        await client.SendAsync("40/unknown,");

        var (admitted, refused) = (await recorder.OneAsync(Spans.Connect, "connect /"), await recorder.OneAsync(Spans.Connect, "connect /closed"));
        var unknown = await recorder.OneAsync(Spans.Connect, "connect _OTHER");

        Assert.Same(admitted, middleware);
        Assert.Same(admitted, handler);
        Assert.Equal(("completed", ActivityStatusCode.Unset), (admitted.GetTagItem("socketio.outcome"), admitted.Status));
        Assert.Equal(("middleware", ActivityStatusCode.Error), (refused.GetTagItem("error.type"), refused.Status));
        Assert.Equal("invalid-namespace", unknown.GetTagItem("error.type"));
    }

    [Theory]
    [InlineData(false, "{}", null)]
    [InlineData(false, "{\"traceparent\":\"" + TraceParent + "\"}", null)]
    [InlineData(true, "{}", null)]
    [InlineData(true, "{\"traceparent\":\"" + TraceParent + "\"}", "b7ad6b7169203331")]
    [InlineData(true, "{\"traceparent\":\"" + TraceParent + "\",\"tracestate\":5}", "b7ad6b7169203331")]
    [InlineData(true, "{\"traceparent\":\"nonsense\"}", null)]
    [InlineData(true, "{\"traceparent\":{\"a\":1}}", null)]
    public async Task A_client_names_the_trace_of_its_spans_only_where_an_option_lets_it(bool isBelieved, string auth, string? parent)
    {
        using var recorder = new SpanRecorder();
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("hi", () => { }), options => options.AcceptTraceContext = isBelieved);
        await using var client = await host.OpenAsync();

        await client.SendAsync("40" + auth);
        await client.SendAsync("42[\"hi\"]");
        var (connect, hi) = (await recorder.OneAsync(Spans.Connect, "connect /"), await recorder.OneAsync(Spans.Event, "/ hi"));

        Assert.Equal((parent, parent), (Parent(connect), Parent(hi)));
        Assert.Equal(parent is not null, hi.HasRemoteParent);

        static string? Parent(Activity span) => span.ParentSpanId == default ? null : span.ParentSpanId.ToString();
    }

    [Fact]
    public async Task Acknowledgements_of_one_client_and_of_many_are_spans_that_say_how_they_ended()
    {
        using var recorder = new SpanRecorder();
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var client = await host.ConnectAsync();
        var socket = Assert.Single(host.Server.Sockets.Sockets.Values);

        var asked = socket.EmitWithAckAsync<int>("one", []);
        var id = (await client.ReceiveAsync()).Split('[')[0][2..];
        await client.SendAsync($"43{id}[1]");
        await asked;
        var answered = await recorder.OneAsync(Spans.Ask, "ask /");
        await Assert.ThrowsAsync<AckTimeoutException>(() => host.Server.Local.Timeout(TimeSpan.FromMilliseconds(1)).EmitWithAckAsync<int>("all", []));
        await Eventually.TrueAsync(() => recorder.Spans.Count(span => span.OperationName == Spans.Ask) == 2);
        var late = recorder.Spans.Last(span => span.OperationName == Spans.Ask);

        Assert.Equal(("answered", "socket", 1, "one"), (
            answered.GetTagItem("socketio.outcome"), answered.GetTagItem("socketio.scope"), answered.GetTagItem("socketio.answers"),
            answered.GetTagItem("socketio.event")));
        Assert.Equal(("timed-out", "local", 1, "all"), (
            late.GetTagItem("socketio.outcome"), late.GetTagItem("socketio.scope"), late.GetTagItem("socketio.recipients"), late.GetTagItem("socketio.event")));
        Assert.Equal(ActivityStatusCode.Error, late.Status);
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("started")]
    [InlineData("stopped")]
    public async Task A_listener_that_throws_costs_nobody_an_event_a_broadcast_or_an_answer(string where)
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == Traces.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => where == "sample"
                ? throw new InvalidOperationException(where)
                : ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _ => ThrowAt("started"),
            ActivityStopped = _ => ThrowAt("stopped"),
        };
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("say", async (string text) =>
        {
            await io.EmitAsync("said", text);
            return text.Length;
        }));
        ActivitySource.AddActivityListener(listener);
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"say\",\"hello\"]");

        await client.ExpectAsync("42[\"said\",\"hello\"]", "431[5]");
        Assert.Null(Activity.Current);
        Assert.True(host.Server.Counters["failed.trace"] >= 3);

        void ThrowAt(string place)
        {
            if (where == place)
                throw new InvalidOperationException(place);
        }
    }

    [Fact]
    public async Task Not_a_byte_is_allocated_for_spans_that_nobody_wants()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("hi", static () => { }), options => options.PingInterval = TimeSpan.FromHours(1));
        await using var client = await host.ConnectAsync();
        var socket = Assert.Single(host.Server.Sockets.Sockets.Values);
        var packet = new Packet(new(PacketType.Event, "/"), host.Server.Parser.Read(PacketType.Event, new PacketBody("[\"hi\"]"u8.ToArray())));
        var nobody = host.Server.To("nobody");
        var body = new PacketBody("[\"x\"]"u8.ToArray());

        // Code that is not compiled to the end yet puts on the heap what need not be there: sooner or later both are.
        var (event0, event1, broadcast0, broadcast1) = (0L, 0L, 0L, 0L);
        await Eventually.TrueAsync(
            () =>
            {
                (event0, broadcast0) = (BytesOf(() => socket.Receive(packet)), BytesOf(() => nobody.EmitBodyAsync(body, default).AsTask()));
                Assert.False(Traces.IsOn);
                using var recorder = new SpanRecorder(sampled: false);
                (event1, broadcast1) = (BytesOf(() => socket.Receive(packet)), BytesOf(() => nobody.EmitBodyAsync(body, default).AsTask()));
                Assert.True(Traces.IsOn);
                return event0 == event1 && broadcast0 == broadcast1;
            },
            () => $"an event: {event0} and {event1} bytes, a broadcast: {broadcast0} and {broadcast1} bytes");

        // The event's own context.
        Assert.InRange(event1, 1, 100);
        Assert.Equal(0, broadcast1);
    }

    private static long BytesOf(Action action)
    {
        const int Times = 1_000;
        for (var i = 0; i < Times; i++)
            action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Times; i++)
            action();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Times;
    }

    private static IEnumerable<string> Attributes(Activity span) =>
        span.TagObjects.Select(tag => $"{tag.Key}={(tag.Value is string[] values ? string.Join(',', values) : tag.Value)}").Order(StringComparer.Ordinal);
}
