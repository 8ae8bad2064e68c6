using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <summary>What our transport does beyond DotNetty's: bounds.</summary>
[Collection(AloneTests.Name)]
public sealed class LinkTransportTests
{
    public static TheoryData<string> Kinds => new(OperatingSystem.IsLinux() ? ["epoll", "select"] : ["select"]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Who_takes_nothing_has_so_much_wait_for_it_and_no_more(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind, "akka.remote.dot-netty.tcp.write-buffer-high-water-mark = 2000000b");
        using var reader = Dial(end);
        var link = (await end.AcceptAsync()).Claim();

        var written = 0;
        while (link.Write(new byte[9_996]))
            written++;

        Assert.InRange(written, 100, 3_000);
        var bytes = new byte[65_536];
        for (long left = written * 10_000L; left > 0;)
        {
            var count = await reader.ReceiveAsync(bytes);
            Assert.True(count > 0);
            left -= count;
        }

        await Eventually.TrueAsync(() => link.Write([1]), "there is room again");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_waits_at_the_shutdown_still_leaves(string kind)
    {
        var end = await TransportEnd.ListenAsync(kind, "akka.remote.flush-wait-on-shutdown = 30s");
        using var reader = Dial(end);
        var link = (await end.AcceptAsync()).Claim();
        for (var i = 0; i < 1_000; i++)
            Assert.True(link.Write(new byte[9_996]));

        var shutdown = end.DisposeAsync();

        var bytes = new byte[65_536];
        var got = 0L;
        while (await reader.ReceiveAsync(bytes) is > 0 and var count)
            got += count;
        Assert.Equal(1_000 * 10_000L, got);
        reader.Dispose();
        await shutdown;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_no_length_costs_no_memory(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind);
        foreach (var length in (int[])[-1, int.MinValue, int.MaxValue, 256_100])
        {
            using var stranger = Dial(end);
            var link = (await end.AcceptAsync()).Claim();
            var before = GC.GetTotalAllocatedBytes();

            stranger.Send([.. BitConverter.GetBytes(length), .. new byte[2_000]]);

            await link.EndAsync();
            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 10_000_000);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Who_never_hears_the_end_is_cut_off(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind, "akka.remote.flush-wait-on-shutdown = 200ms");
        using var deaf = Dial(end);
        var link = (await end.AcceptAsync()).Claim();

        link.Disassociate();

        await link.EndAsync();
        await Eventually.TrueAsync(() => end.Own.ConnectionCount == 0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_link_that_remoting_has_forgotten_is_closed(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind, "akka.remote.dot-netty.tcp.connection-timeout = 200ms");
        using var caller = Dial(end);
        await end.AcceptAsync();

        Assert.Equal(0, await caller.ReceiveAsync(new byte[1]));
        await Eventually.TrueAsync(() => end.Own.ConnectionCount == 0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Two_links_between_the_same_two_are_two(string kind)
    {
        await using var left = await TransportEnd.ListenAsync(kind);
        await using var right = await TransportEnd.ListenAsync(kind);
        var (one, _) = await left.ConnectAsync(right);
        var (other, _) = await left.ConnectAsync(right);

        Assert.NotEqual(one.Handle, other.Handle);
        Assert.Equal(one.Handle, one.Handle);
    }

    /// <summary>RECONNECTS=86400 is a day in which a link ends each second.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Reconnecting_for_ever_leaks_nothing(string kind)
    {
        var times = int.Parse(Environment.GetEnvironmentVariable("RECONNECTS") ?? "1500", CultureInfo.InvariantCulture);
        await using var left = await TransportEnd.ListenAsync(kind);
        await using var right = await TransportEnd.ListenAsync(kind);
        await ReconnectAsync(left, right, 50);
        var before = Descriptors();
        var memory = GC.GetTotalMemory(forceFullCollection: true);

        await ReconnectAsync(left, right, times);

        await Eventually.TrueAsync(() => (left.Own.ConnectionCount, right.Own.ConnectionCount) == (0, 0));
        // Others in this process open a few of their own.
        await Eventually.TrueAsync(() => Descriptors() < before + 50, "descriptors are given back");
        await Eventually.TrueAsync(() => GC.GetTotalMemory(forceFullCollection: true) < memory + 4_000_000, "memory is given back");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_transport_takes_its_thread_with_it(string kind)
    {
        for (var i = 0; i < 20; i++)
        {
            await using var end = await TransportEnd.ListenAsync(kind);
        }

        await Eventually.TrueAsync(() => Threads() == 0, "no receiving thread is left");
    }

    [Fact]
    public async Task Without_descriptors_the_port_rests_and_goes_on()
    {
        var time = new FakeTimeProvider();
        var receiver = new StillReceiver();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var (calls, accepted, fails) = (0, 0, true);
        var home = new ConnectionHome(receiver, new Guard(NullLogger.Instance), time, 1, TimeSpan.Zero);
        var listener = new Listener(socket, home, _ => accepted++, NullLogger.Instance, it =>
        {
            calls++;
            return fails ? throw new SocketException((int)SocketError.TooManyOpenSockets) : it;
        });
        listener.Start();

        receiver.Tell();
        receiver.Tell();
        Assert.Equal((1, Readiness.None), (calls, receiver.Wanted));
        time.Advance(Listener.Rest);
        receiver.Tell();
        fails = false;
        time.Advance(Listener.Rest);
        receiver.Tell();

        Assert.Equal((3, 1, Readiness.Reads), (calls, accepted, receiver.Wanted));
        listener.Close();
        time.Advance(Listener.Rest);
        await receiver.StopAsync();
    }

    [Fact]
    public async Task What_goes_wrong_with_one_connection_does_not_close_the_port()
    {
        var receiver = new StillReceiver();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var made = new List<Socket>();
        var home = new ConnectionHome(receiver, new Guard(NullLogger.Instance), TimeProvider.System, 1, TimeSpan.Zero);
        var listener = new Listener(socket, home, _ => throw new InvalidOperationException("A bug."), NullLogger.Instance, _ =>
        {
            made.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            return made[^1];
        });
        listener.Start();

        receiver.Tell();
        receiver.Tell();

        Assert.Equal((2, Readiness.Reads), (made.Count, receiver.Wanted));
        Assert.All(made, it => Assert.True(it.SafeHandle.IsClosed));
        listener.Close();
        await receiver.StopAsync();
    }

    [Theory]
    [InlineData("akka.cluster-adapter.transport = tcp", "must be auto, epoll, select or dotnetty")]
    [InlineData("akka.remote.dot-netty.tcp.transport-protocol = udp", "transport-protocol must be tcp")]
    [InlineData("akka.remote.dot-netty.tcp.port = abc", "akka.remote.dot-netty.tcp.port is 'abc': it must be a whole number.")]
    [InlineData("akka.remote.dot-netty.tcp.enable-ssl = yess", "akka.remote.dot-netty.tcp.enable-ssl is 'yess': it must be on or off.")]
    [InlineData("akka.remote.dot-netty.tcp.backlog = -1", "akka.remote.dot-netty.tcp.backlog is '-1': it must be a whole number.")]
    [InlineData("akka.remote.dot-netty.tcp.log-transport = on", "log-transport is on")]
    [InlineData("akka.remote.dot-netty.tcp.byte-order = middle", "byte-order is 'middle'")]
    [InlineData("akka.remote.dot-netty.tcp.maximum-frame-size = 1000b", "maximum-frame-size is 1000 bytes")]
    [InlineData("akka.remote.dot-netty.tcp.enable-ssl = on", "certificate")]
    public async Task What_cannot_be_is_refused_at_the_start(string hocon, string sentence)
    {
        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => TransportEnd.ListenAsync("select", hocon));

        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    private static async Task ReconnectAsync(TransportEnd left, TransportEnd right, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var (here, there) = await left.ConnectAsync(right);
            here.Write([1]);
            await there.FrameAsync();
            (i % 2 == 0 ? here : there).Disassociate();
            await here.EndAsync();
            await there.EndAsync();
        }
    }

    private static int Descriptors() => Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;

    internal static int Threads() => Threads(Receiver.ThreadName) + Threads(LoopWork.WatchName);

    private static int Threads(string name) => Directory.Exists("/proc/self/task")
        ? Directory.GetDirectories("/proc/self/task").Count(task => NameOf(task).StartsWith(name, StringComparison.Ordinal))
        : 0;

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static Socket Dial(TransportEnd end)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, end.Port);
        return socket;
    }

    /// <summary>Tells what it is told to, as long as somebody waits.</summary>
    private sealed class StillReceiver : IReceiver
    {
        private IWaiting? _waiting;

        public Readiness Wanted { get; private set; }

        public bool IsStopping => false;

        public byte[] Buffer { get; } = [];

        public void Tell()
        {
            if (Wanted != Readiness.None)
                _waiting?.OnReady(Wanted);
        }

        public void Start()
        {
        }

        public void Add(IWaiting waiting, Readiness wanted) => (_waiting, Wanted) = (waiting, wanted);

        public void Change(IWaiting waiting, Readiness wanted) => Wanted = wanted;

        public void Remove(IWaiting waiting) => _waiting = null;

        public Task StopAsync() => Task.CompletedTask;
    }
}
