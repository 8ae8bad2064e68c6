using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>A server whose other workers are played by the test.</summary>
public class SuspectedMovesTests
{
    private static readonly Action<SocketIOOptions> Recovery = options => options.ConnectionStateRecovery = new SessionStoreOptions();

    [Fact]
    public async Task What_a_moved_client_had_missed_is_not_kept_for_as_long_as_it_is_connected()
    {
        var peers = new Peers();
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery, services => services.AddSingleton<IAdapterFactory>(peers));
        var pid = PrivateId.Create(1);
        var body = Offer(peers, pid);
        await using var client = await host.OpenAsync();
        await client.SendAsync($"40{{\"pid\":\"{pid}\",\"offset\":\"abcdef01-1\"}}");
        Assert.StartsWith("40", await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.StartsWith("42[\"missed\"", await client.ReceiveAsync(), StringComparison.Ordinal);
        await host.Server.EmitAsync("later");
        await client.ReceiveAsync();

        for (var i = 0; i < 20 && body.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        Assert.True(host.Server.Of("/").Sockets["sid"].Recovered);
        Assert.False(body.IsAlive);
    }

    [Fact]
    public async Task Who_has_gone_while_its_session_was_looked_for_does_not_take_it_from_the_connection_that_it_has_now()
    {
        var peers = new Peers { IsMoving = true };
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery, services => services.AddSingleton<IAdapterFactory>(peers));
        using var seen = new MeterRecorder(host.Services);
        var pid = PrivateId.Create(1);
        var client = await host.OpenAsync();
        await client.SendAsync($"40{{\"pid\":\"{pid}\",\"offset\":\"abcdef01-1\"}}");
        await Eventually.TrueAsync(() => peers.Claims > 0, "others are asked");

        await client.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 0, "it has gone");
        Offer(peers, pid);

        await Eventually.TrueAsync(() => seen["socketio.server.recoveries{reason=gave-way}"] == 1, "it has given way");
        Assert.NotNull(peers.Given);
    }

    [Fact]
    public async Task A_session_that_was_given_to_this_worker_stays_when_a_worker_joins_meanwhile_and_its_client_goes()
    {
        var (isTold, peers) = (true, new Peers());
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery, services => services.AddSingleton<IAdapterFactory>(peers));
        using var seen = new MeterRecorder(host.Services);
        var (pid, sessions) = (PrivateId.Create(1), host.Server.Of("/").Recovery!.Sessions);
        sessions.HaveAllTold = _ => Volatile.Read(ref isTold);
        peers.Asked = () => Volatile.Write(ref isTold, false);
        peers.Given = Session(pid);
        var connect = $"40{{\"pid\":\"{pid}\",\"offset\":\"abcdef01-1\"}}";
        var client = await host.OpenAsync();
        await client.SendAsync(connect);
        await Eventually.TrueAsync(() => peers is { Claims: 1, Given: null }, "it is given away");

        await client.CloseAsync();
        await Eventually.TrueAsync(() => seen["socketio.server.recoveries{reason=gave-way}"] == 1, "it has given way");

        Assert.Equal(1, sessions.SessionCount);
        Volatile.Write(ref isTold, true);
        await using var next = await host.OpenAsync();
        await next.SendAsync(connect);
        Assert.StartsWith("40{\"sid\":\"sid\"", await next.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal(1, peers.Claims);
    }

    [Theory]
    [InlineData("41")]
    [InlineData("40{\"pid\":\"another\"}")]
    public async Task Who_does_not_want_the_namespace_any_more_is_not_looked_for(string packet)
    {
        var peers = new Peers { IsMoving = true };
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery, services => services.AddSingleton<IAdapterFactory>(peers));
        using var seen = new MeterRecorder(host.Services);
        var pid = PrivateId.Create(1);
        await using var client = await host.OpenAsync();
        await client.SendAsync($"40{{\"pid\":\"{pid}\",\"offset\":\"abcdef01-1\"}}");
        await Eventually.TrueAsync(() => peers.Claims > 0, "others are asked");

        await client.SendAsync(packet);
        await Eventually.TrueAsync(() => seen["socketio.server.recoveries{reason=gave-way}"] == 1, "it has given way");
        Offer(peers, pid);

        Assert.NotNull(peers.Given);
        await client.SendAsync("40");
        Assert.StartsWith("40{", await client.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nobody_decides_about_a_client_that_has_gone_while_its_session_was_looked_for(bool isClosed)
    {
        var (peers, asked) = (new Peers { IsMoving = true }, 0);
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Use((_, next) =>
            {
                Interlocked.Increment(ref asked);
                return next();
            }),
            Recovery, services => services.AddSingleton<IAdapterFactory>(peers));
        using var seen = new MeterRecorder(host.Services);
        await using var client = await host.OpenAsync();
        await client.SendAsync($"40{{\"pid\":\"{PrivateId.Create(1)}\",\"offset\":\"abcdef01-1\"}}");
        await Eventually.TrueAsync(() => peers.Claims > 0, "others are asked");

        if (isClosed)
            await client.CloseAsync();
        else
            await client.SendAsync("41");
        await Eventually.TrueAsync(() => seen["socketio.server.recoveries{reason=gave-way}"] == 1, "it has given way");

        await using var other = await host.OpenAsync();
        await other.SendAsync("40");
        await other.ReceiveAsync();
        await using var last = await host.OpenAsync();
        await last.SendAsync("40");
        await last.ReceiveAsync();
        Assert.Equal(2, Volatile.Read(ref asked));
    }

    [Fact]
    public async Task A_session_that_another_worker_has_handed_over_waits_until_all_have_told_how_far_they_are()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery, services => services.AddSingleton<IAdapterFactory>(new Peers()));
        var (pid, sessions, time) = (PrivateId.Create(1), host.Server.Of("/").Recovery!.Sessions, TimeProvider.System);
        Assert.True(sessions.Accept(new LogTrail("abcdef", 1, new LogVector(), [new LogPlace(77, 1)])));
        var handed = new HandedSession(new("sid", pid, ["sid"], null, "abcdefB"), "abcdef", 1, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal(1, sessions.Accept([handed]));
        // Later than what is on its way is waited for where it is known.
        var (start, late) = (time.GetTimestamp(), TimeSpan.FromSeconds(2.5));
        sessions.HaveAllTold = _ => time.GetElapsedTime(start) > late;

        await using var client = await host.OpenAsync();
        await client.SendAsync($"40{{\"pid\":\"{pid}\",\"offset\":\"abcdefB\"}}");

        Assert.StartsWith("40{\"sid\":\"sid\"", await client.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_client_shows_as_its_offset_does_not_go_to_all_workers_however_long_it_is()
    {
        var peers = new Peers();
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Recovery, services => services.AddSingleton<IAdapterFactory>(peers));
        await using var client = await host.OpenAsync();

        await client.SendAsync($"40{{\"pid\":\"{PrivateId.Create(1)}\",\"offset\":\"{new string('x', 32_000)}\"}}");
        await client.ReceiveAsync();

        Assert.InRange(peers.LongestOffset, 0, 100);
    }

    [Fact]
    public async Task One_disconnect_handler_that_blocks_costs_nobody_else_its_session()
    {
        using var mayGoOn = new SemaphoreSlim(0);
        var peers = new Peers();
        var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.OnDisconnecting(_ =>
        {
            if (socket.Handshake.Auth.TryGetProperty("blocks", out var _))
                mayGoOn.Wait(TimeSpan.FromSeconds(30));
        })), Recovery, services => services.AddSingleton<IAdapterFactory>(peers));
        await using var others = await host.OpenAsync();
        await others.SendAsync("40");
        await others.ReceiveAsync();
        await others.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Of("/").Recovery!.Sessions.SessionCount == 1);
        await using var blocking = await host.OpenAsync();
        await blocking.SendAsync("40{\"blocks\":true}");
        await blocking.ReceiveAsync();

        await host.Server.CloseAsync();
        mayGoOn.Release();

        Assert.True(peers.WasInTime, $"{peers.HandedOver} session(s) were taken out and handed to nobody: the time was over already");
        await host.DisposeAsync();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Offer(Peers peers, string pid)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new[] { "missed", new string('x', 100_000), "abcdef01-2" });
        var vector = new LogVector();
        vector.Raise(77, 2);
        peers.Given = new GivenSession(new SavedSession("sid", pid, ["sid"], null, "abcdef01-1"), new LogVector(), vector,
            [new MissedPacket(new PacketBody(bytes), "abcdef01-2") { Place = new LogPlace(77, 2) }], TimeSpan.FromMinutes(1));
        return new WeakReference(bytes);
    }

    private static GivenSession Session(string pid) =>
        new(new SavedSession("sid", pid, ["sid"], null, "abcdef01-1"), new LogVector(), new LogVector(), [], TimeSpan.FromMinutes(1));

    internal interface IMoving : IAdapter, ILocalRooms, ISessionPeers;

    internal sealed class Peers : IAdapterFactory
    {
        private int _claims;

        public GivenSession? Given { get; set; }

        /// <summary>Called when the others are asked.</summary>
        public Action Asked { get; set; } = () => { };

        public int LongestOffset { get; private set; }

        /// <summary>How often the others were asked for a session.</summary>
        public int Claims => Volatile.Read(ref _claims);

        /// <summary>Whether a session that is nowhere may still come.</summary>
        public bool IsMoving { get; init; }

        public int HandedOver { get; private set; }

        public bool WasInTime { get; private set; }

        public string WorkerId => "local";

        public IAdapter Create(IAdapterHost host)
        {
            var made = DispatchProxy.Create<IMoving, Moving>();
            ((Moving)(object)made).Set(new InMemoryAdapter(host, WorkerId, TimeProvider.System), this);
            return made;
        }

        public object? Call(MethodInfo method, object?[] args)
        {
            if (method.Name == nameof(ISessionPeers.ClaimAsync))
            {
                LongestOffset = Math.Max(LongestOffset, (args[2] as string)?.Length ?? 0);
                Asked();
                var given = Given;
                Given = null;
                Interlocked.Increment(ref _claims);
                return Task.FromResult(new SessionReply(given, given is null ? ClaimOutcome.Unknown : ClaimOutcome.Recovered) { IsMoving = IsMoving });
            }

            if (method.Name != nameof(ISessionPeers.HandOverAsync))
                return Task.CompletedTask;
            var sessions = (IReadOnlyList<HandedSession>)args[0]!;
            var isInTime = !((CancellationToken)args[2]!).IsCancellationRequested;
            WasInTime |= sessions.Count > 0 && isInTime;
            HandedOver += sessions.Count;
            return Task.FromResult<int?>(isInTime ? sessions.Count : 0);
        }
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1852", Justification = "A proxy derives from it.")]
    internal class Moving : DispatchProxy
    {
        private InMemoryAdapter _local = null!;
        private Peers _peers = null!;

        public void Set(InMemoryAdapter local, Peers peers) => (_local, _peers) = (local, peers);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.DeclaringType == typeof(ISessionPeers) ? _peers.Call(targetMethod, args!) : targetMethod.Invoke(_local, args);
    }
}
