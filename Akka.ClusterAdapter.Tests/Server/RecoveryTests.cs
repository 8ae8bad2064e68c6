using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Server;

public class RecoveryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly Action<SocketIOOptions> Recovery = o => o.ConnectionStateRecovery = new SessionStoreOptions();

    [Fact]
    public async Task Missed_events_come_right_after_the_connect_with_the_same_ids()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.JoinAsync("lobby")), Recovery);
        await using var client = await host.OpenAsync();
        var (sid, pid) = await JoinAsync(client, "40");
        await host.Server.EmitAsync("seen");
        var offset = OffsetOf(await client.ReceiveAsync());
        await client.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0);
        await host.Server.To("lobby").EmitAsync("one", 1);
        await host.Server.To("elsewhere").EmitAsync("not for it");
        await host.Server.Volatile.EmitAsync("not kept");
        await host.Server.EmitAsync("two");

        await using var again = await host.OpenAsync();
        await again.SendAsync($"40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}");

        Assert.Equal($"40{{\"sid\":\"{sid}\",\"pid\":\"{pid}\"}}", await again.ReceiveAsync());
        Assert.StartsWith("42[\"one\",1,\"", await again.ReceiveAsync(), StringComparison.Ordinal);
        Assert.StartsWith("42[\"two\",\"", await again.ReceiveAsync(), StringComparison.Ordinal);
        Assert.True(host.Server.Of("/").Sockets[sid].Recovered);
        Assert.Contains("lobby", host.Server.Of("/").Sockets[sid].Rooms);
    }

    [Fact]
    public async Task By_polling_missed_events_come_before_the_connect_in_the_same_payload()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery);
        await using var client = await host.OpenAsync();
        var (sid, pid) = await JoinAsync(client, "40");
        await host.Server.EmitAsync("seen");
        var offset = OffsetOf(await client.ReceiveAsync());
        await client.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0);
        await host.Server.EmitAsync("one");
        await host.Server.EmitAsync("two");

        using var http = new HttpClient { BaseAddress = host.Uri };
        var open = await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        var session = $"/socket.io/?EIO=4&transport=polling&sid={JsonDocument.Parse(open[1..]).RootElement.GetProperty("sid").GetString()}";
        await http.PostAsync(session, new StringContent($"40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}"));
        var packets = (await http.GetStringAsync(session)).Split('\u001e');

        Assert.Equal(3, packets.Length);
        Assert.StartsWith("42[\"one\",\"", packets[0], StringComparison.Ordinal);
        Assert.StartsWith("42[\"two\",\"", packets[1], StringComparison.Ordinal);
        Assert.Equal($"40{{\"sid\":\"{sid}\",\"pid\":\"{pid}\"}}", packets[2]);
    }

    [Fact]
    public async Task Events_sent_to_the_socket_itself_are_kept_and_data_is_restored()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => { socket.Data ??= "mine"; }), Recovery);
        await using var client = await host.OpenAsync();
        var (sid, pid) = await JoinAsync(client, "40");
        var socket = host.Server.Of("/").Sockets[sid];
        await Eventually.TrueAsync(() => socket.Data is "mine", "the connection handler");
        await socket.EmitAsync("hello");
        var offset = OffsetOf(await client.ReceiveAsync());
        socket.Data = "changed";
        await client.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0);
        await socket.EmitAsync("while away");

        await using var again = await host.OpenAsync();
        await again.SendAsync($"40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}");

        Assert.StartsWith("40{", await again.ReceiveAsync(), StringComparison.Ordinal);
        Assert.StartsWith("42[\"while away\",\"", await again.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal("changed", host.Server.Of("/").Sockets[sid].GetData<string>());
    }

    [Theory]
    [InlineData("{\"pid\":\"guess\",\"offset\":\"x\"}")]
    [InlineData("{\"pid\":1,\"offset\":2}")]
    [InlineData("{\"pid\":\"PID\",\"offset\":\"unknown\"}")]
    public async Task What_does_not_match_begins_anew(string auth)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery);
        await using var client = await host.OpenAsync();
        var (sid, pid) = await JoinAsync(client, "40");
        await host.Server.EmitAsync("x");
        await client.ReceiveAsync();
        await client.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0);

        await using var again = await host.OpenAsync();
        var (newSid, newPid) = await JoinAsync(again, "40" + auth.Replace("PID", pid, StringComparison.Ordinal));

        Assert.NotEqual(sid, newSid);
        Assert.NotEqual(pid, newPid);
        Assert.False(host.Server.Of("/").Sockets[newSid].Recovered);
    }

    [Fact]
    public async Task A_session_is_restored_once_and_a_half_dead_connection_gives_way()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery);
        await using var first = await host.OpenAsync();
        var (sid, pid) = await JoinAsync(first, "40");
        await host.Server.EmitAsync("x");
        var offset = OffsetOf(await first.ReceiveAsync());
        var auth = $"40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}";

        await using var second = await host.OpenAsync();
        var (secondSid, _) = await JoinAsync(second, auth);
        await first.ExpectAsync("closed");

        Assert.Equal(sid, secondSid);
        Assert.Single(host.Server.Of("/").Sockets);
    }

    [Fact]
    public async Task A_client_that_is_back_before_its_connection_has_ended_waits_for_that_end()
    {
        using var isEnding = new SemaphoreSlim(0);
        using var mayEnd = new SemaphoreSlim(0);
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.OnDisconnecting(_ =>
        {
            isEnding.Release();
            mayEnd.Wait(Patience);
            return default(ValueTask);
        })), Recovery);
        await using var first = await host.OpenAsync();
        var (sid, pid) = await JoinAsync(first, "40");
        await host.Server.EmitAsync("x");
        var offset = OffsetOf(await first.ReceiveAsync());
        var ending = first.CloseAsync();
        Assert.True(await isEnding.WaitAsync(Patience));

        await using var second = await host.OpenAsync();
        await second.SendAsync($"40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}");
        await second.SendAsync("40/other,");
        Assert.StartsWith("44/other,", await second.ReceiveAsync(), StringComparison.Ordinal);
        mayEnd.Release(2);
        await ending;

        Assert.Equal($"40{{\"sid\":\"{sid}\",\"pid\":\"{pid}\"}}", await second.ReceiveAsync());
        Assert.Contains(sid, host.Server.Of("/").Sockets[sid].Rooms);
        await host.Server.To(sid).EmitAsync("still there");
        Assert.StartsWith("42[\"still there\"", await second.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaving_on_purpose_is_final()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery);
        await using var client = await host.OpenAsync();
        var (sid, pid) = await JoinAsync(client, "40");
        await host.Server.EmitAsync("x");
        var offset = OffsetOf(await client.ReceiveAsync());
        await client.SendAsync("41");
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0);

        await using var again = await host.OpenAsync();
        var (newSid, _) = await JoinAsync(again, $"40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}");

        Assert.NotEqual(sid, newSid);
    }

    [Fact]
    public void An_idle_client_recovers_although_its_last_packet_is_long_gone()
    {
        var time = new FakeTimeProvider();
        var store = Store(time, new SessionStoreOptions());
        var offset = Record(store, "last seen");
        time.Advance(TimeSpan.FromHours(1));
        Record(store, "for others", new BroadcastOptions { Rooms = ["others"] });
        store.Save(new SavedSession("sid", "pid", ["sid"], null, offset));

        Record(store, "missed");
        var claim = store.Claim("pid", offset);

        Assert.NotNull(claim);
        store.Enter(claim, missed => Assert.Single(missed!));
    }

    [Fact]
    public async Task A_dynamic_namespace_stays_until_none_of_its_clients_can_come_back()
    {
        var time = new FakeTimeProvider();
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of(new Regex("^/tenant-")).OnConnection(socket => socket.JoinAsync("vip")),
            options => (options.ConnectionStateRecovery, options.CleanupEmptyChildNamespaces, options.PingInterval) =
                (new SessionStoreOptions(), true, TimeSpan.FromHours(20)),
            services => services.AddSingleton<TimeProvider>(time));
        var client = await host.OpenAsync();
        var (sid, pid) = await JoinAsync(client, "40/tenant-1,");
        await host.Server.Of("/tenant-1").EmitAsync("seen");
        var offset = OffsetOf(await client.ReceiveAsync());
        await client.DisposeAsync();
        await Eventually.TrueAsync(() => host.Server.Of("/tenant-1").Sockets.Count == 0);

        await host.Server.Of("/tenant-1").To("vip").EmitAsync("missed");
        await using (var again = await host.OpenAsync())
        {
            await again.SendAsync($"40/tenant-1,{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}");
            Assert.Equal($"40/tenant-1,{{\"sid\":\"{sid}\",\"pid\":\"{pid}\"}}", await again.ReceiveAsync());
            Assert.StartsWith("42/tenant-1,[\"missed\"", await again.ReceiveAsync(), StringComparison.Ordinal);
        }

        await Eventually.TrueAsync(() => host.Server.Sessions!.Size.Sessions == 1, "the session is kept");
        Assert.Equal(2, host.Server.Namespaces.Count);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(["/"], host.Server.Namespaces.Select(ns => ns.Name));
        Assert.Equal((0, 0L), host.Server.Sessions!.Size);
    }

    [Fact]
    public void Packets_bytes_sessions_and_time_are_bounded()
    {
        var time = new FakeTimeProvider();
        var store = Store(time, new SessionStoreOptions { MaxPacketsPerSession = 2, MaxBytes = 10_000, MaxSessions = 2 });
        foreach (var name in new[] { "a", "b", "c" })
            store.Save(new SavedSession(name, name, [name], null, null));

        Assert.Equal(2, store.Size.Sessions);
        Assert.Null(store.Claim("a", null));
        for (var i = 0; i < 1_000; i++)
            Record(store, "x");
        Assert.InRange(store.Size.Bytes, 1, 10_000);
        Assert.Null(store.Claim("b", null));
        time.Advance(TimeSpan.FromMinutes(3));
        Assert.Null(store.Claim("c", null));
        Assert.Equal((0, 0, 0L), store.Size);
    }

    private static SessionStore Store(TimeProvider time, SessionStoreOptions options) =>
        new SessionStores(options, new JsonPacketParser(), time).Create();

    private static string Record(SessionStore store, string name, BroadcastOptions? target = null)
    {
        var offset = "";
        store.Deliver(new PacketBody(JsonSerializer.SerializeToUtf8Bytes<string[]>([name])), target ?? BroadcastOptions.All, (_, o) => offset = o.Offset!);
        return offset;
    }

    private static async Task<(string Sid, string Pid)> JoinAsync(WireClient client, string connect)
    {
        await client.SendAsync(connect);
        var reply = await client.ReceiveAsync();
        Assert.StartsWith("40", reply, StringComparison.Ordinal);
        var root = JsonDocument.Parse(reply.AsMemory(reply.IndexOf('{', StringComparison.Ordinal))).RootElement;
        return (root.GetProperty("sid").GetString()!, root.GetProperty("pid").GetString()!);
    }

    private static string OffsetOf(string frame)
    {
        var array = JsonDocument.Parse(frame.AsMemory(frame.IndexOf('[', StringComparison.Ordinal))).RootElement;
        return array[array.GetArrayLength() - 1].GetString()!;
    }
}
