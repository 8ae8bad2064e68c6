using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>A client that comes back has the id it had: what its lost socket still does must not touch the new one's rooms.</summary>
public class RecoveredRoomsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_join_that_ends_after_the_client_came_back_leaves_its_rooms_alone()
    {
        using var gate = new ManualResetEventSlim();
        var joining = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(async socket => { if (!socket.Recovered) await socket.JoinAsync("first"); }),
            options => options.ConnectionStateRecovery = new SessionStoreOptions());
        var ns = host.Server.Of("/");
        ns.Adapter.RoomChanged += change =>
        {
            if (change is not { Kind: RoomEventKind.Joined, Room: "slow" } || !joining.TrySetResult())
                return;
            gate.Wait(Patience);
        };
        var client = await host.OpenAsync();
        var (connected, offset) = await JoinAsync(host, client);
        var lost = ns.Sockets.Values.Single();
        var join = Task.Run(async () => await lost.JoinAsync("slow"));
        await joining.Task.WaitAsync(Patience);

        await client.DisposeAsync();
        await Eventually.TrueAsync(() => ns.Sockets.Count == 0, "the connection is lost");
        await using var again = await host.OpenAsync();
        await again.SendAsync($"40{{\"pid\":\"{connected.GetProperty("pid").GetString()}\",\"offset\":\"{offset}\"}}");
        Assert.Equal("40" + connected.GetRawText(), await again.ReceiveAsync());
        var recovered = ns.Sockets.Values.Single();
        gate.Set();
        await join.WaitAsync(Patience);
        await lost.JoinAsync("late");
        await lost.LeaveAsync("first");

        Assert.True(recovered.Recovered);
        Assert.Equal(new[] { recovered.Id, "first", "slow" }.Order(), recovered.Rooms.Order());
        Assert.Empty(lost.Rooms);
        await host.Server.To("first").EmitAsync("news");
        Assert.StartsWith("42[\"news\"", await again.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_other_workers_ask_reaches_the_socket_that_is_there()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, options => options.ConnectionStateRecovery = new SessionStoreOptions());
        var ns = host.Server.Of("/");
        var client = await host.OpenAsync();
        var (connected, offset) = await JoinAsync(host, client);
        var lost = ns.Sockets.Values.Single();
        await client.DisposeAsync();
        await Eventually.TrueAsync(() => ns.Sockets.Count == 0, "the connection is lost");
        await using var again = await host.OpenAsync();
        await again.SendAsync($"40{{\"pid\":\"{connected.GetProperty("pid").GetString()}\",\"offset\":\"{offset}\"}}");
        await again.ReceiveAsync();

        await host.Server.To(lost.Id).SocketsJoinAsync("asked");
        await lost.DisconnectAsync(close: true);

        Assert.Contains("asked", ns.Sockets.Values.Single().Rooms);
        await host.Server.To("asked").EmitAsync("news");
        Assert.StartsWith("42[\"news\"", await again.ReceiveAsync(), StringComparison.Ordinal);
    }

    private static async Task<(JsonElement Connected, string Offset)> JoinAsync(SocketIOTestHost host, WireClient client)
    {
        await client.SendAsync("40");
        var connected = JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement;
        await host.Server.EmitAsync("x");
        var offset = JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement[1].GetString()!;
        return (connected, offset);
    }
}
