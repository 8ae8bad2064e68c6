using System.Diagnostics;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Diagnostics;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Traces that go from one worker to another.</summary>
[Collection(AloneTests.Name)]
public sealed class ClusterTracesTests
{
    [Fact]
    public async Task A_broadcast_on_another_worker_is_one_span_that_is_linked_to_it_however_many_sockets_get_it()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(2, io => io.On("say", (string text) => io.EmitAsync("said", text)));
        await using var ada = await cluster[0].ConnectAsync();
        await using var bob = await cluster[1].ConnectAsync();
        await using var eve = await cluster[1].ConnectAsync();
        using var recorder = new SpanRecorder();

        await ada.EmitAsync("say", "hello");
        await bob.WaitForAsync("said");
        await eve.WaitForAsync("said");
        var (said, published, delivered) = (
            await recorder.OneAsync(Spans.Event, "/ say"),
            await recorder.OneAsync(Spans.Publish, "publish /"), await recorder.OneAsync(Spans.Deliver, "deliver /"));

        Assert.Equal((said.TraceId, said.SpanId), (published.TraceId, published.ParentSpanId));
        Assert.Equal((published.TraceId, published.SpanId), Link(delivered));
        Assert.Equal((default, ActivityKind.Consumer), (delivered.ParentSpanId, delivered.Kind));
        Assert.NotEqual(published.TraceId, delivered.TraceId);
        Assert.Equal(
            (cluster[0].Server.WorkerId, cluster[1].Server.WorkerId), (said.GetTagItem("socketio.worker.id"), delivered.GetTagItem("socketio.worker.id")));
        Assert.Equal((1, 2), (published.GetTagItem("socketio.recipients"), delivered.GetTagItem("socketio.recipients")));
        Assert.Equal(
            ["messaging.destination.name=/", "messaging.operation.name=publish", "messaging.operation.type=process", "messaging.system=socketio"],
            Messaging(delivered));
    }

    [Fact]
    public async Task A_question_to_clients_lasts_on_the_other_worker_until_its_clients_have_answered()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(2, _ => { });
        var gate = new TaskCompletionSource();
        await using var bob = await cluster[1].ConnectAsync(configure: options => options.Prepare = client => client.On("how", async Task<object?> (_) =>
        {
            await gate.Task;
            return "fine";
        }));
        using var recorder = new SpanRecorder();

        var asked = cluster[0].Server.EmitWithAckAsync<string>("how", []);
        await Eventually.TrueAsync(() => cluster[1].Server.PendingAckCount == 1);
        Assert.Empty(recorder.Spans);
        gate.SetResult();
        Assert.Equal(["fine"], await asked);
        var (ask, delivered) = (await recorder.OneAsync(Spans.Ask, "ask /"), await recorder.OneAsync(Spans.Deliver, "deliver /"));

        Assert.Equal((ask.TraceId, ask.SpanId), Link(delivered));
        Assert.Equal(
            (1, 1, "answered"), (delivered.GetTagItem("socketio.recipients"), delivered.GetTagItem("socketio.answers"), ask.GetTagItem("socketio.outcome")));
        Assert.Equal("ask", delivered.GetTagItem("messaging.operation.name"));
    }

    [Fact]
    public async Task A_question_to_workers_is_answered_within_its_trace()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(3, io => io.OnServerSide("load", async () =>
        {
            await Task.Yield();
            return 7;
        }));
        using var recorder = new SpanRecorder();

        await cluster[0].Server.FetchSocketsAsync();
        Assert.Equal([7, 7], await cluster[0].Server.ServerSideEmitWithAckAsync<int>("load", []));
        var (fetch, load) = (await recorder.OneAsync(Spans.Request, "fetchSockets /"), await recorder.OneAsync(Spans.Request, "serverSideEmit /"));
        await Eventually.TrueAsync(() => recorder.Spans.Count(span => span.OperationName == Spans.ServerSideEvent) == 2, () => recorder.ToString());

        Assert.Equal(ActivityKind.Client, fetch.Kind);
        Assert.Equal(
            new[] { cluster[1].Server.WorkerId, cluster[2].Server.WorkerId }.Order(),
            Answers(fetch).Select(answer => (string?)answer.GetTagItem("socketio.worker.id")).Order());
        Assert.All(
            Answers(load),
            answer => Assert.Equal((load.TraceId, ActivityKind.Server, "serverSideEmit"), (answer.TraceId, answer.Kind, answer.GetTagItem("rpc.method"))));
        Assert.Equal(
            Answers(load).Select(answer => answer.SpanId.ToString()).Order(),
            recorder.Spans.Where(span => span.OperationName == Spans.ServerSideEvent).Select(span => span.ParentSpanId.ToString()).Order());

        IEnumerable<Activity> Answers(Activity of)
        {
            var answers = recorder.Spans.Where(span => span.OperationName == Spans.Answer && span.ParentSpanId == of.SpanId).ToList();
            Assert.Equal(2, answers.Count);
            return answers;
        }
    }

    [Fact]
    public async Task What_else_is_for_many_is_linked_as_well()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(2, io => io.OnServerSide("news", () => { }));
        await using var bob = await cluster[1].ConnectAsync();
        using var recorder = new SpanRecorder();

        await cluster[0].Server.SocketsJoinAsync("a");
        await cluster[0].Server.SocketsLeaveAsync("a");
        await cluster[0].Server.ServerSideEmitAsync("news");
        var found = Assert.Single(await cluster[0].Server.FetchSocketsAsync());
        await found.EmitAsync("one");
        await found.DisconnectAsync();
        await bob.WaitForDisconnectAsync();
        await Eventually.TrueAsync(() => recorder.Spans.Count(span => span.OperationName == Spans.Deliver) == 5, () => recorder.ToString());

        Assert.Equal(
            ["disconnectSockets", "publish", "serverSideEmit", "socketsJoin", "socketsLeave"],
            Published().Select(span => (string)span.GetTagItem("messaging.operation.name")!).Order());
        Assert.Equal(
            Published().Select(span => $"{span.GetTagItem("messaging.operation.name")} {span.SpanId}").Order(),
            recorder.Spans.Where(span => span.OperationName == Spans.Deliver)
                .Select(span => $"{span.GetTagItem("messaging.operation.name")} {Link(span).SpanId}").Order());

        IEnumerable<Activity> Published() => recorder.Spans.Where(span => span.OperationName == Spans.Publish);
    }

    [Fact]
    public async Task A_broadcast_that_is_too_large_is_refused_at_once_as_without_a_span_and_one_that_only_its_trace_makes_too_large_crosses_without()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(
            2, _ => { }, options => options.Hocon = "akka.cluster-adapter.max-packet-size = 256000B");
        await using var bob = await cluster[1].ConnectAsync();
        using var recorder = new SpanRecorder();
        var server = cluster[0].Server;

        Assert.Throws<BroadcastTooLargeException>(() => { _ = server.EmitAsync("x", new string('x', 300_000)).AsTask(); });
        var refused = await recorder.OneAsync(Spans.Publish, "publish /");
        Assert.Equal((ActivityStatusCode.Error, typeof(BroadcastTooLargeException).FullName), (refused.Status, refused.GetTagItem("error.type")));

        // origin, sequence, namespace, flags and rooms, the body's lengths; with its trace it would have a few bytes more than may be.
        var most = 256_000 - (8 + 8 + 2 + 3 + 4) - "[\"x\",\"\"]".Length;
        await server.EmitAsync("x", new string('x', most));
        Assert.Equal(most, (await bob.WaitForAsync<string>("x")).Length);
        Assert.DoesNotContain(recorder.Spans, span => span.OperationName == Spans.Deliver);
        Assert.Throws<BroadcastTooLargeException>(() => { _ = server.EmitAsync("x", new string('x', most + 1)).AsTask(); });
    }

    [Fact]
    public async Task An_emitters_broadcast_is_linked_to_the_span_that_it_was_emitted_in()
    {
        var systems = new TestSystems();
        var worker = Assert.Single(await systems.AddWorkersAsync(1));
        var emitter = systems.AddEmitter();
        Assert.True(await emitter.WaitUntilReadyAsync());
        using var recorder = new SpanRecorder(true, nameof(ClusterTracesTests));
        using var source = new ActivitySource(nameof(ClusterTracesTests));

        using (var job = source.StartActivity("job"))
        {
            await emitter.EmitAsync("news");
            var (published, delivered) = (await recorder.OneAsync(Spans.Publish, "publish /"), await recorder.OneAsync(Spans.Deliver, "deliver /"));
            Assert.Equal((job!.TraceId, job.SpanId), (published.TraceId, published.ParentSpanId));
            Assert.Equal((published.TraceId, published.SpanId), Link(delivered));
            Assert.Equal(worker.Extension.WorkerId, delivered.GetTagItem("socketio.worker.id"));
        }

        await systems.EndAsync();
    }

    private static (ActivityTraceId TraceId, ActivitySpanId SpanId) Link(Activity span)
    {
        var link = Assert.Single(span.Links).Context;
        Assert.True(link.IsRemote);
        return (link.TraceId, link.SpanId);
    }

    private static IEnumerable<string> Messaging(Activity span) =>
        span.TagObjects.Where(tag => tag.Key.StartsWith("messaging.", StringComparison.Ordinal) && tag.Value is string)
            .Select(tag => $"{tag.Key}={tag.Value}")
            .Order(StringComparer.Ordinal);
}
