using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Diagnostics;

/// <summary>What one worker's instruments say is what its clients saw.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Events_are_counted_and_timed_by_name_namespace_and_outcome_and_sockets_rooms_and_events_by_namespace()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.On("add", (int a, int b) => a + b);
            io.On("late", async () => await Task.Yield());
            io.On("no", void () => throw new EventException("no"));
            io.OnConnection(socket => socket.JoinAsync("lobby"));
            io.Of(new Regex("^/tenant-")).On("fail", async Task () =>
            {
                await Task.Yield();
                throw new InvalidOperationException("on purpose");
            });
        });
        using var seen = new MeterRecorder(host.Services);
        await using var client = await host.ConnectAsync();
        await using var tenant = await host.ConnectAsync("/tenant-1");
        await using var other = await host.ConnectAsync("/tenant-2");

        foreach (var packet in new[]
        {
            "421[\"add\",1,2]", "422[\"add\",3,4]", "423[\"late\"]", "424[\"no\"]", "425[\"add\",\"x\",1]", "42[\"unknown\"]", "42[\"other\"]"
        })
            await client.SendAsync(packet);
        await tenant.SendAsync("42/tenant-1,1[\"fail\"]");
        await Eventually.TrueAsync(
            () => seen.CountsOf("socketio.server.event.duration").Count() == 5 && seen["socketio.server.events{event=_OTHER,namespace=/}"] == 2, seen.ToString);
        seen.Look();

        Assert.Equal(
            [
                "{event=add,namespace=/,outcome=completed} 2",
                "{event=add,namespace=/,outcome=refused} 1",
                "{event=fail,namespace=^/tenant-,outcome=failed} 1",
                "{event=late,namespace=/,outcome=completed} 1",
                "{event=no,namespace=/,outcome=refused} 1",
            ],
            seen.CountsOf("socketio.server.event.duration"));
        Assert.Equal((3, 1, 1), (
            seen["socketio.server.events{event=add,namespace=/}"],
            seen["socketio.server.events{event=late,namespace=/}"], seen["socketio.server.events{event=fail,namespace=^/tenant-}"]));
        Assert.Equal((1, 2), (seen["socketio.server.sockets{namespace=/}"], seen["socketio.server.sockets{namespace=^/tenant-}"]));
        Assert.Equal((2, 2), (seen["socketio.server.rooms{namespace=/}"], seen["socketio.server.rooms{namespace=^/tenant-}"]));
    }

    [Fact]
    public async Task Packets_and_bytes_of_a_WebSocket_are_those_that_its_client_sent_and_got()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("echo", (byte[] data, string text) => (object)new { text, data }));
        using var seen = new MeterRecorder(host.Services);
        await using var client = await host.ConnectAsync();
        var (packetsIn, bytesIn, packetsOut, bytesOut) = Traffic(seen, "websocket");

        string[] sent = ["451-7[\"echo\",{\"_placeholder\":true,\"num\":0},\"äöü\"]", "42[\"nothing\"]", "3"];
        await client.SendAsync(sent[0]);
        await client.SendAsync([1, 2, 3, 4, 5]);
        var (answer, attachment) = (await client.ReceiveAsync(), await client.ReceiveAsync());
        await client.SendAsync(sent[1]);
        await client.SendAsync(sent[2]);
        await Eventually.TrueAsync(() => Traffic(seen, "websocket").PacketsIn == packetsIn + 4, seen.ToString);

        Assert.StartsWith("461-7", answer, StringComparison.Ordinal);
        Assert.Equal("bin:0102030405", attachment);
        Assert.Equal(
            (packetsIn + 4, bytesIn + sent.Sum(Encoding.UTF8.GetByteCount) + 5, packetsOut + 2, bytesOut + Encoding.UTF8.GetByteCount(answer) + 5),
            Traffic(seen, "websocket"));
        Assert.Equal((0, 0, 0, 0), Traffic(seen, "polling"));
    }

    [Fact]
    public async Task Packets_and_bytes_of_a_client_that_polls_are_those_of_its_payloads_and_what_waits_for_it_is_seen()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("hi", () => 1));
        using var seen = new MeterRecorder(host.Services);
        using var http = new HttpClient { BaseAddress = host.Uri };
        var open = await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        var sid = Regex.Match(open, "\"sid\":\"([^\"]+)\"").Groups[1].Value;
        var url = $"/socket.io/?EIO=4&transport=polling&sid={sid}";
        async Task PostAsync(string body)
        {
            using var content = new StringContent(body);
            using var response = await http.PostAsync(url, content);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await PostAsync("40");
        var connected = await http.GetStringAsync(url);
        await PostAsync("421[\"hi\"]\u001e42[\"hi\"]");
        await host.Server.EmitAsync("a", "äöü");
        await host.Server.EmitAsync("b", new byte[] { 1, 2, 3 });
        seen.Look();
        var waiting = (seen["socketio.engine.queue.packets"], seen["socketio.engine.queue.age"] > 0, seen["socketio.engine.queue.size"] > 0);
        var rest = await http.GetStringAsync(url);

        Assert.Equal((3, true, true), waiting);
        Assert.Equal("431[1]\u001e42[\"a\",\"äöü\"]\u001e451-[\"b\",{\"_placeholder\":true,\"num\":0}]\u001ebAQID", rest);
        var bytes = open.Length + connected.Length + Encoding.UTF8.GetByteCount(rest) - 3;
        Assert.Equal((3, 2 + "421[\"hi\"]".Length + "42[\"hi\"]".Length, 6, bytes), Traffic(seen, "polling"));
        Assert.Equal((0, 0), (seen["socketio.engine.queue.packets"], seen["socketio.engine.queue.size"]));
    }

    [Fact]
    public async Task Sessions_are_told_by_transport_and_so_are_their_handshakes_upgrades_lives_and_ends()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        using var seen = new MeterRecorder(host.Services);

        await using var stays = await SocketIOTestClient.ConnectAsync(host.Uri, configure: options => options.Transport = SocketIOTestTransport.Polling);
        await using var changes = await SocketIOTestClient.ConnectAsync(
            host.Uri, configure: options => options.Transport = SocketIOTestTransport.PollingThenWebSocket);
        var begins = await host.ConnectAsync();
        using (var http = new HttpClient { BaseAddress = host.Uri })
            Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync("/socket.io/?EIO=3&transport=polling")).StatusCode);
        await Eventually.TrueAsync(() => seen.Look()["socketio.engine.sessions{transport=websocket}"] == 2, seen.ToString);
        Assert.Equal(1, seen["socketio.engine.sessions{transport=polling}"]);
        await begins.CloseAsync();
        await begins.DisposeAsync();
        await Eventually.TrueAsync(() => seen.Look()["socketio.engine.sessions{transport=websocket}"] == 1, seen.ToString);
        await Eventually.TrueAsync(
            () => seen.Counts.ContainsKey("socketio.engine.session.duration{transport=websocket,reason=transport-close}"), seen.ToString);

        Assert.Equal(
            (2, 1, 1, 1),
            (seen["socketio.engine.handshakes{transport=polling,outcome=opened}"], seen["socketio.engine.handshakes{transport=websocket,outcome=opened}"],
                seen["socketio.engine.handshakes{transport=polling,outcome=refused}"], seen["socketio.engine.upgrades{outcome=completed}"]));
        Assert.Equal((2, 3, 1, 1), (Plain("sessions"), Plain("handshakes.opened"), Plain("handshakes.refused"), Plain("upgrades.completed")));

        long Plain(string name) => host.Server.Engine.Counters[name];
    }

    [Fact]
    public async Task Heartbeats_are_timed()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, options => options.PingInterval = TimeSpan.FromMilliseconds(50));
        using var seen = new MeterRecorder(host.Services);
        await using var client = await host.ConnectAsync();

        var answering = client.ReceiveAsync();
        await Eventually.TrueAsync(() => seen.Counts.GetValueOrDefault("socketio.engine.heartbeat.duration{transport=websocket}") >= 2, seen.ToString);

        Assert.False(answering.IsCompleted);
        Assert.InRange(seen["socketio.engine.heartbeat.duration{transport=websocket}"], 0, 60);
    }

    [Fact]
    public async Task Broadcasts_their_recipients_and_acknowledgements_are_measured_by_scope_and_outcome()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        using var seen = new MeterRecorder(host.Services);
        await using var one = await host.ConnectAsync();
        await using var two = await host.ConnectAsync();
        await using var other = await host.ConnectAsync();

        await host.Server.EmitAsync("all");
        await host.Server.To(one.SocketId, two.SocketId).Local.EmitAsync("two");
        await host.Server.To("nobody").EmitAsync("none");
        await host.Server.Sockets.Sockets[one.SocketId].EmitAsync("one");
        var asked = host.Server.Sockets.Sockets[other.SocketId].EmitWithAckAsync<int>("ask", []);
        await other.ExpectAsync("42[\"all\"]", "420[\"ask\"]");
        Assert.Equal(1, seen.Look()["socketio.server.acks.pending{namespace=/}"]);
        await other.SendAsync("430[1]");
        Assert.Equal(1, await asked);
        await Assert.ThrowsAsync<AckTimeoutException>(() => host.Server.Timeout(TimeSpan.FromMilliseconds(1)).EmitWithAckAsync<int>("late", []));
        using var over = new CancellationTokenSource();
        var cancelled = host.Server.EmitWithAckAsync<int>("never", [], over.Token);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        Assert.Equal((2, 1), (seen["socketio.broadcasts{scope=cluster,namespace=/}"], seen["socketio.broadcasts{scope=local,namespace=/}"]));
        // Three events without an answer and two with one; nobody was in the third's room.
        Assert.Equal(
            (4, 3 + 2 + 3 + 3), (seen.Counts["socketio.server.broadcast.recipients{namespace=/}"], seen["socketio.server.broadcast.recipients{namespace=/}"]));
        Assert.Equal(4, seen.Counts["socketio.server.encode.duration{namespace=/}"]);
        Assert.Equal(
            [
                "{scope=cluster,namespace=/,outcome=cancelled} 1",
                "{scope=cluster,namespace=/,outcome=timed-out} 1",
                "{scope=socket,namespace=/,outcome=answered} 1",
            ],
            seen.CountsOf("socketio.ack.duration"));
        Assert.Equal(0, seen.Look()["socketio.server.acks.pending{namespace=/}"]);
    }

    [Fact]
    public async Task A_client_that_does_not_take_what_it_is_sent_is_counted_when_it_is_ended()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, options => options.MaxOutboundPackets = 3);
        using var seen = new MeterRecorder(host.Services);
        await using var client = await SocketIOTestClient.ConnectAsync(host.Uri, configure: options => options.Transport = SocketIOTestTransport.WebSocket);
        using var http = new HttpClient { BaseAddress = host.Uri };
        var sid = Regex.Match(await http.GetStringAsync("/socket.io/?EIO=4&transport=polling"), "\"sid\":\"([^\"]+)\"").Groups[1].Value;
        using (var connect = new StringContent("40"))
            await http.PostAsync($"/socket.io/?EIO=4&transport=polling&sid={sid}", connect);
        await Eventually.TrueAsync(() => host.Server.Sockets.Sockets.Count == 2);

        var slow = host.Server.Sockets.Sockets.Values.Single(socket => socket.Connection.TransportName == "polling");
        for (var i = 0; i < 5; i++)
            await host.Server.To(slow.Id).EmitAsync("n", i);
        await Eventually.TrueAsync(() => seen["socketio.engine.slow_clients{outcome=queue-full}"] == 1, seen.ToString);

        Assert.Equal(1, host.Server.Engine.Counters["slow-clients.queue-full"]);
        Assert.True(client.Connected);
    }

    [Fact]
    public async Task A_listener_that_throws_costs_nobody_an_event_and_a_drain_is_counted()
    {
        var host = await SocketIOTestHost.StartAsync(io => io.On("add", async (int a, int b) =>
        {
            await io.EmitAsync("news");
            return a + b;
        }));
        using var seen = new MeterRecorder(host.Services);
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Akka.ClusterAdapter")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, _, _) => Throw(instrument));
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => Throw(instrument));
        listener.Start();
        await using (var client = await host.ConnectAsync())
        {
            await client.SendAsync("421[\"add\",1,2]");
            await client.ExpectAsync("42[\"news\"]", "431[3]");
        }

        Assert.True(host.Server.Counters["failed.Meter"] > 0);
        await host.DisposeAsync();
        Assert.Equal(1, host.Server.Counters["drains.completed"]);

        void Throw(System.Diagnostics.Metrics.Instrument instrument)
        {
            if (ReferenceEquals(instrument.Meter.Scope, seen.Instruments["socketio.server.events"].Meter.Scope))
                throw new InvalidOperationException("on purpose");
        }
    }

    private static (double PacketsIn, double BytesIn, double PacketsOut, double BytesOut) Traffic(MeterRecorder seen, string transport)
    {
        seen.Look();
        return (Of("packets", "in"), Of("io", "in"), Of("packets", "out"), Of("io", "out"));

        double Of(string name, string direction) => seen[$"socketio.engine.{name}{{direction={direction},transport={transport}}}"];
    }
}
