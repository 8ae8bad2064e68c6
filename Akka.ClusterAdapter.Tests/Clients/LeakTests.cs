using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Hostile;
using Akka.ClusterAdapter.Tests.Server;
using RawSocket = Akka.ClusterAdapter.Tests.Hostile.RawSocket;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>Thousands come and go, and nothing of them stays.</summary>
[Collection(AloneTests.Name)]
public class LeakTests
{
    private const int Rounds = 10_000;
    private const int AtOnce = 8;
    private int _asking;

    [Fact]
    public async Task Ten_thousand_clients_leave_nothing_behind()
    {
        await using var host = await SocketIOTestHost.StartAsync(SetUp, options => options.CleanupEmptyChildNamespaces = true);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = host.Uri };
        await VisitAsync(host, http, 0, AtOnce * 14);
        await AssertNobodyAsync(host);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(worker => VisitAsync(host, http, worker, Rounds / AtOnce)));

        await AssertNobodyAsync(host);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.True(after - before < 20_000_000, $"{before:N0} bytes before, {after:N0} afterwards");
    }

    [Fact]
    public async Task Sockets_and_sessions_can_be_collected()
    {
        await using var host = await SocketIOTestHost.StartAsync(SetUp, options => options.CleanupEmptyChildNamespaces = true);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = host.Uri };

        var references = await WatchAsync(host, http);

        await AssertNobodyAsync(host);
        await Eventually.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return references.TrueForAll(reference => !reference.IsAlive);
        }, "sockets and sessions are collected");
    }

    private void SetUp(SocketIOServer io)
    {
        io.OnConnection(Handle);
        io.Of(new Regex("^/dynamic-")).OnConnection(Handle);
    }

    private async ValueTask Handle(Socket socket)
    {
        socket.On("echo", (EventContext e) => e.AckAsync(e.Args));
        socket.OnDisconnecting(_ => ValueTask.CompletedTask);
        await socket.JoinAsync("everybody", "room-" + socket.Id);
        _ = AskAsync(socket);
    }

    /// <summary>Nobody answers: the wait ends with the connection.</summary>
    private async Task AskAsync(Socket socket)
    {
        Interlocked.Increment(ref _asking);
        try
        {
            await socket.EmitWithAckAsync<int>("question", []);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _asking);
        }
    }

    private static async Task VisitAsync(SocketIOTestHost host, HttpClient http, int worker, int rounds)
    {
        for (var round = 0; round < rounds; round++)
            await VisitOnceAsync(host, http, kind: round % 7, id: worker * Rounds + round);
    }

    private static async Task VisitOnceAsync(SocketIOTestHost host, HttpClient http, int kind, int id)
    {
        if (kind < 3)
        {
            var polling = await PollingPeer.OpenAsync(http);
            await polling.PostAsync(kind == 0 ? "40" : $"40/dynamic-{id},");
            if (kind != 2)
                await polling.PollAsync();
            await polling.PostAsync(kind == 1 ? "42{}" : "1");
            if (kind == 1)
                await polling.PollToEndAsync();
            return;
        }

        if (kind == 6)
        {
            await VisitAndUpgradeAsync(host, http);
            return;
        }

        using var socket = await RawSocket.OpenAsync(host.Uri);
        await socket.SendPacketAsync(kind == 3 ? "40" : $"40/dynamic-{id},");
        if (kind == 5)
            return;
        await socket.NextAsync();
        await socket.SendPacketAsync(kind == 3 ? "41" : "1");
    }

    private static async Task VisitAndUpgradeAsync(SocketIOTestHost host, HttpClient http)
    {
        var polling = await PollingPeer.ConnectAsync(http);
        using var socket = await RawSocket.DialAsync(host.Uri);
        await socket.SendAsciiAsync(RawSocket.Upgrade("EIO=4&transport=websocket&sid=" + polling.Sid));
        await socket.ReadHeadAsync();
        await socket.SendPacketAsync("2probe");
        Assert.Equal("3probe", await socket.NextAsync());
        await socket.SendPacketAsync("5");
        await socket.SendPacketAsync("41");
    }

    private async Task AssertNobodyAsync(SocketIOTestHost host)
    {
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 0, "no session");
        await Eventually.TrueAsync(() => host.Server.Namespaces.Count == 1, "no dynamic namespace");
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0, "no socket");
        await Eventually.TrueAsync(() => host.Server.Engine.Lingering.IsEmpty, "no connection lingers");
        await Eventually.TrueAsync(() => host.Server.Of("/").Adapter.LocalRooms().Count == 0, "no room");
        await Eventually.TrueAsync(() => Volatile.Read(ref _asking) == 0, "no answer owed");
        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> WatchAsync(SocketIOTestHost host, HttpClient http)
    {
        List<WeakReference> references = [];
        var polling = await PollingPeer.ConnectAsync(http);
        using (await RawSocket.ConnectAsync(host.Uri))
        {
            await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 2, "both clients");
            foreach (var socket in host.Server.Of("/").Sockets.Values)
                references.AddRange([new WeakReference(socket), new WeakReference(socket.Connection)]);
        }

        await polling.PostAsync("1");
        return references;
    }
}
