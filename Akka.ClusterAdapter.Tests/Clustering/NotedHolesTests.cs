using System.Text.Json;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Adapters;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>That something is lost counts from its place among what was sent, however late that is carried out.</summary>
public class NotedHolesTests
{
    private const long Origin = 0x70000, Life = 7;

    [Fact]
    public async Task Who_left_while_messages_from_before_a_loss_still_waited_is_not_recovered()
    {
        using var gate = new ManualResetEventSlim();
        await using var cluster = await StartAsync(io => io.OnServerSide("block", () => gate.Wait()));
        var (worker, sessions) = (ClusterAdapterExtension.Get(cluster[0].System), cluster[0].Server.Of("/").Recovery!.Sessions);
        Tell(worker, new Hello(Origin, "127.0.0.1:1#1", worker.State.Card!) { Number = 1 });
        Tell(worker, new ServerSideEvent("/", FakeHost.Body("[\"block\"]")), 1);
        Tell(worker, new Broadcast("/", BroadcastOptions.All, FakeHost.Body("[\"seen\"]")) { Place = new LogPlace(Life, 1) }, 2);

        // The third is lost.
        Tell(worker, new Hello(Origin, "127.0.0.1:1#1", worker.State.Card!) { Number = 2, LastSequence = 3 });
        await Eventually.TrueAsync(() => worker.State.Counters[PeerCounter.Gaps] == 1, "the loss is known");
        gate.Set();
        await Eventually.TrueAsync(() => sessions.Size.Packets == 1, "what came before it is carried out");
        sessions.Save(new SavedSession("sid", "pid", ["sid"], null, null));
        Tell(worker, new Broadcast("/", BroadcastOptions.All, FakeHost.Body("[\"behind\"]")) { Place = new LogPlace(Life, 2) }, 4);
        await Eventually.TrueAsync(() => sessions.Size.Packets == 2, "what came behind it is carried out");

        Assert.Null(sessions.Claim("pid", null, out _, out var outcome));

        Assert.Equal(ClaimOutcome.LogTooShort, outcome);
    }

    [Fact]
    public async Task What_waited_when_the_adapter_actor_failed_is_lost_and_no_silent_hole()
    {
        using var gate = new ManualResetEventSlim();
        await using var cluster = await StartAsync(io => io.OnServerSide("block", () => gate.Wait()));
        var (worker, sessions) = (ClusterAdapterExtension.Get(cluster[0].System), cluster[0].Server.Of("/").Recovery!.Sessions);
        Tell(worker, new Hello(Origin, "127.0.0.1:1#1", worker.State.Card!) { Number = 1 });
        Tell(worker, new ServerSideEvent("/", FakeHost.Body("[\"block\"]")), 1);
        sessions.Save(new SavedSession("sid", "pid", ["sid"], null, null));
        Tell(worker, new Broadcast("/", BroadcastOptions.All, FakeHost.Body("[\"missed\"]")) { Place = new LogPlace(Life, 1) }, 2);

        Tell(worker, new Hello(Origin, null!, worker.State.Card!) { Number = 2 });
        await worker.Actor.Ask<WorkerStatus>(StatusRequest.Instance, TimeSpan.FromSeconds(30));
        gate.Set();

        Assert.Null(sessions.Claim("pid", null, out _, out var outcome));
        Assert.Equal(ClaimOutcome.LogTooShort, outcome);
    }

    [Fact]
    public async Task A_client_that_was_just_recovered_begins_anew_when_a_message_of_another_worker_is_lost()
    {
        await using var cluster = await StartAsync(static _ => { });
        var (worker, server) = (ClusterAdapterExtension.Get(cluster[0].System), cluster[0].Server);
        Tell(worker, new Hello(Origin, "127.0.0.1:1#1", worker.State.Card!) { Number = 1 });
        string auth;
        await using (var client = await WireClient.OpenAsync(cluster[0].Url))
        {
            await client.SendAsync("40");
            var pid = JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement.GetProperty("pid").GetString();
            await server.EmitAsync("seen");
            auth = $"{{\"pid\":\"{pid}\",\"offset\":\"{JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement[1].GetString()}\"}}";
            await client.CloseAsync();
        }

        await Eventually.TrueAsync(() => server.Sockets.Sockets.Count == 0, "the connection is lost");
        await using var again = await WireClient.OpenAsync(cluster[0].Url);
        await again.SendAsync("40" + auth);
        await again.ReceiveAsync();
        Assert.True(server.Sockets.Sockets.Values.Single().Recovered);

        Tell(worker, new Broadcast("/", BroadcastOptions.All, FakeHost.Body("[\"first\"]")) { Place = new LogPlace(Life, 1) }, 1);
        Tell(worker, new Broadcast("/", BroadcastOptions.All, FakeHost.Body("[\"third\"]")) { Place = new LogPlace(Life, 3) }, 3);

        Assert.Contains("first", await again.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal("closed", await again.ReceiveAsync());
        await using var anew = await WireClient.OpenAsync(cluster[0].Url);
        await anew.SendAsync("40" + auth);
        Assert.DoesNotContain(JsonDocument.Parse(auth).RootElement.GetProperty("pid").GetString()!, await anew.ReceiveAsync(), StringComparison.Ordinal);
    }

    private static Task<SocketIOTestCluster> StartAsync(Action<SocketIOServer> configure) => SocketIOTestCluster.StartAsync(1, configure, static options =>
        options.ConfigureServer(static server => server.ConnectionStateRecovery = new SessionStoreOptions()));

    private static void Tell(ClusterAdapterExtension worker, PeerMessage message, long sequence = 0)
    {
        (message as OrderedMessage)?.Stamp(Origin, sequence);
        worker.Actor.Tell(message, worker.Actor);
    }
}
