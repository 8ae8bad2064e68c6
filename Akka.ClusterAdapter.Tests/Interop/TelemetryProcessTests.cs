using System.Globalization;
using System.Text;
using System.Text.Json;
using Akka.ClusterAdapter.Tests.Delivery;
using Akka.ClusterAdapter.Tests.Interop.Wire;

namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Two worker processes: what they measure and trace is what their clients saw, also when one is cut off, and when one is killed.</summary>
public sealed class TelemetryProcessTests
{
    private const string Recipients = "socketio_server_broadcast_recipients";
    private const string PublishedByOne = "socketio_broadcasts_total{scope=\"cluster\",namespace=\"/\"}";

    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Numbers_and_traces_are_what_clients_saw_through_a_partition_and_a_kill()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "2", "--cold", "--restart", "--metrics", "--traces");
        var (one, two) = (new ControlledWorker(1, server.Urls[0]), new ControlledWorker(2, server.Urls[1]));
        var peer = (await one.InfoAsync()).Peers.Single();
        using var ada = await JoinAsync(one.Url);
        using var bob = await JoinAsync(two.Url);
        using var eve = await JoinAsync(two.Url);

        await CountsAndTracesAsync(one, two, ada, [bob, eve]);
        await PartitionAsync(one, two, peer, bob);
        await KillAsync(server, one, two, ada);
    }

    private static async Task CountsAndTracesAsync(ControlledWorker one, ControlledWorker two, WireSocket ada, WireSocket[] others)
    {
        var (before, beforeTwo) = (await MetricsAsync(one), await MetricsAsync(two));
        await SpansAsync(one);
        await SpansAsync(two);

        var (sent, got, gotByOthers) = (0, 0, 0);
        for (var i = 0; i < 20; i++)
        {
            sent += await SendAsync(ada, $"42{i}[\"echo\",{i}]");
            got += await ReceiveAsync(ada, $"43{i}[{i}]");
        }

        for (var i = 0; i < 10; i++)
        {
            sent += await SendAsync(ada, $"42[\"broadcast\",\"all\",\"äöü {i}\"]");
            got += await ReceiveAsync(ada, $"42[\"b\",\"äöü {i}\"]");
            foreach (var other in others)
                gotByOthers += await ReceiveAsync(other, $"42[\"b\",\"äöü {i}\"]");
        }

        var (after, afterTwo) = (await MetricsAsync(one), await MetricsAsync(two));

        // Heartbeats are packets too: one byte each way.
        Assert.Equal(30, Delta("socketio_server_events_total{event=\"echo\",namespace=\"/\"}")
            + Delta("socketio_server_events_total{event=\"broadcast\",namespace=\"/\"}"));
        Assert.Equal(30, Delta("socketio_server_event_duration_seconds_count{event=\"echo\",namespace=\"/\",outcome=\"completed\"}")
            + Delta("socketio_server_event_duration_seconds_count{event=\"broadcast\",namespace=\"/\",outcome=\"completed\"}"));
        Assert.InRange(Delta("socketio_engine_io_bytes_total{direction=\"in\",transport=\"websocket\"}") - sent, 0, 5);
        Assert.InRange(Delta("socketio_engine_io_bytes_total{direction=\"out\",transport=\"websocket\"}") - got, 0, 5);
        Assert.InRange(DeltaTwo("socketio_engine_io_bytes_total{direction=\"out\",transport=\"websocket\"}") - gotByOthers, 0, 5);
        Assert.Equal((10, 0), (Delta(PublishedByOne), DeltaTwo(PublishedByOne)));
        Assert.Equal(
            (10, 20, 10),
            (Delta(Recipients + "_sum{namespace=\"/\"}"), DeltaTwo(Recipients + "_sum{namespace=\"/\"}"), DeltaTwo(Recipients + "_count{namespace=\"/\"}")));
        Assert.Equal((10, 10), (Delta("socketio_cluster_published_total"), DeltaTwo("socketio_cluster_received_total")));
        Assert.Equal(Delta("socketio_cluster_published_bytes_total"), DeltaTwo("socketio_cluster_received_bytes_total"));
        Assert.Equal((1, 2, 2), (
            after["socketio_engine_sessions{transport=\"websocket\"}"],
            afterTwo["socketio_engine_sessions{transport=\"websocket\"}"], afterTwo["socketio_server_sockets{namespace=\"/\"}"]));
        await TracesAsync(one, two, events: 30, broadcasts: 10);

        double Delta(string name) => after[name] - before.GetValueOrDefault(name);
        double DeltaTwo(string name) => afterTwo.GetValueOrDefault(name) - beforeTwo.GetValueOrDefault(name);
    }

    /// <summary>From the event on one worker to the delivery on the other.</summary>
    private static async Task TracesAsync(ControlledWorker one, ControlledWorker two, int events, int broadcasts)
    {
        var (spans, others) = (await SpansAsync(one), await SpansAsync(two));
        var handled = spans.Where(span => span.Name is "/ echo" or "/ broadcast").ToList();
        var published = spans.Where(span => span.Name == "publish /").ToList();
        var delivered = others.Where(span => span.Name == "deliver /").ToList();

        Assert.Equal((events, broadcasts, broadcasts), (handled.Count, published.Count, delivered.Count));
        Assert.All(handled, span => Assert.Equal(("Server", null), (span.Kind, span.ParentId)));
        Assert.All(published, span => Assert.Contains(
            handled, parent => (parent.Name, parent.TraceId, parent.SpanId) == ("/ broadcast", span.TraceId, span.ParentId)));
        Assert.Equal(published.Select(span => span.SpanId).Order(), delivered.Select(span => Assert.Single(span.Links).SpanId).Order());
        Assert.All(delivered, span => Assert.Equal((null, "Consumer", 2), (span.ParentId, span.Kind, span.Attributes["socketio.recipients"].GetInt32())));
        Assert.All(delivered, span => Assert.Equal("publish", span.Attributes["messaging.operation.name"].GetString()));
    }

    /// <summary>What is lost on the way is told, and nothing else is counted as if it had come.</summary>
    private static async Task PartitionAsync(ControlledWorker one, ControlledWorker two, string peer, WireSocket bob)
    {
        var (before, beforeTwo) = (await MetricsAsync(one), await MetricsAsync(two));

        await one.CutAsync(peer);
        for (var i = 0; i < 5; i++)
            await one.DoAsync(new { op = "emit", @event = "lost", args = new[] { i } });
        await one.MendAsync(peer);
        await one.DoAsync(new { op = "emit", @event = "last" });
        var (seen, text) = (0, "");
        while ((text = await bob.TextAsync()) != "42[\"last\"]")
            seen += text.StartsWith("42[\"lost\"", StringComparison.Ordinal) ? 1 : 0;
        var (after, afterTwo) = (await MetricsAsync(one), await MetricsAsync(two));

        Assert.Equal(6, after[PublishedByOne] - before[PublishedByOne]);
        Assert.Equal((5 - seen, seen + 1), (Two("socketio_cluster_gaps_total"), Two(Recipients + "_count{namespace=\"/\"}")));

        double Two(string name) => afterTwo[name] - beforeTwo[name];
    }

    private static async Task KillAsync(TestServerProcess server, ControlledWorker one, ControlledWorker two, WireSocket ada)
    {
        var before = await MetricsAsync(one);

        await ControlledWorker.SignalAsync("KILL", server.Workers[1]);
        await Eventually.TrueAsync(
            async () => (await MetricsAsync(one))["socketio_cluster_peers_gone_total"] == before["socketio_cluster_peers_gone_total"] + 1);
        await one.DoAsync(new { op = "emit", @event = "alone" });
        await Eventually.TrueAsync(
            async () => await two.TryInfoAsync() is { Ready: true } && (await MetricsAsync(one))["socketio_cluster_workers{state=\"confirmed\"}"] == 2,
            "the worker is back");
        await SpansAsync(one);
        await SpansAsync(two);
        using var late = await JoinAsync(two.Url);
        await SendAsync(ada, "42[\"broadcast\",\"all\",1]");
        await ReceiveAsync(late, "42[\"b\",1]");
        await SendAsync(ada, "42[\"fetch\"]");
        await Eventually.TrueAsync(async () =>
            (await MetricsAsync(one)).GetValueOrDefault("socketio_cluster_request_duration_seconds_count{kind=\"fetchSockets\",outcome=\"answered\"}") == 1);
        var (after, fresh) = (await MetricsAsync(one), await MetricsAsync(two));

        // Another life counts from the beginning.
        Assert.Equal((1, 0), (fresh[Recipients + "_sum{namespace=\"/\"}"], fresh["socketio_cluster_gaps_total"]));
        Assert.Equal((2, 0), (after[PublishedByOne] - before[PublishedByOne], after["socketio_cluster_gaps_total"]));
        var (spans, others) = (await SpansAsync(one), await SpansAsync(two));
        Assert.Equal(spans.Single(span => span.Name == "publish /").SpanId, Assert.Single(others.Single(span => span.Name == "deliver /").Links).SpanId);
        var (asked, answered) = (spans.Single(span => span.Name == "fetchSockets /"), others.Single(span => span.Name == "fetchSockets /"));
        Assert.Equal((asked.TraceId, asked.SpanId, "Client", "Server"), (answered.TraceId, answered.ParentId, asked.Kind, answered.Kind));
    }

    private static async Task<WireSocket> JoinAsync(string url)
    {
        var socket = await WireSocket.OpenAsync(url, "/socket.io/");
        await socket.SendAsync("40");
        Assert.StartsWith("40{", await socket.TextAsync());
        await socket.SendAsync("420[\"join\",\"all\"]");
        Assert.Equal("430[\"ok\"]", await socket.TextAsync());
        return socket;
    }

    private static async Task<int> SendAsync(WireSocket socket, string text)
    {
        await socket.SendAsync(text);
        return Encoding.UTF8.GetByteCount(text);
    }

    private static async Task<int> ReceiveAsync(WireSocket socket, string expected)
    {
        string text;
        // Behind a partition others may still come.
        while ((text = await socket.TextAsync()) != expected)
            Assert.Matches("^42\\[\"(lost|last|alone)\"", text);
        return Encoding.UTF8.GetByteCount(text);
    }

    private static async Task<Dictionary<string, double>> MetricsAsync(ControlledWorker worker)
    {
        var text = await Http.GetStringAsync(worker.Url + "/metrics");
        return text.Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    private static async Task<List<Span>> SpansAsync(ControlledWorker worker)
    {
        var text = await Http.GetStringAsync(worker.Url + "/traces");
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Span>(line, JsonSerializerOptions.Web)!)];
    }

    private sealed record Span(
        string Name, string Kind, string TraceId, string SpanId, string? ParentId, Link[] Links, Dictionary<string, JsonElement> Attributes);

    private sealed record Link(string TraceId, string SpanId);
}
