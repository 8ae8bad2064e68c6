using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Remote;
using Akka.Remote.Transport;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <summary>What remoting expects of a transport, by the same tests for DotNetty's and both ways of ours.</summary>
public sealed class TransportTests
{
    public static TheoryData<string> Kinds => new(Available);

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var one in Available)
            {
                foreach (var other in Available.Where(other => other != one || one != "dotnetty"))
                    pairs.Add(one, other);
            }

            return pairs;
        }
    }

    private static string[] Available => OperatingSystem.IsLinux() ? ["epoll", "select", "dotnetty"] : ["select", "dotnetty"];

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Frames_arrive_whole_and_in_order_both_ways(string one, string other)
    {
        await using var left = await TransportEnd.ListenAsync(one);
        await using var right = await TransportEnd.ListenAsync(other);
        var (here, there) = await left.ConnectAsync(right);
        int[] sizes = [1, 3, 250, 4_000, 65_536, 200_000, 17, .. Enumerable.Range(1, 300)];

        foreach (var size in sizes)
        {
            Assert.True(here.Write(Pattern(size)));
            Assert.True(there.Write(Pattern(size + 1)));
        }

        foreach (var size in sizes)
        {
            Assert.Equal(Pattern(size), await there.FrameAsync());
            Assert.Equal(Pattern(size + 1), await here.FrameAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_length_can_be_big_endian(string kind)
    {
        const string big = "akka.remote.dot-netty.tcp.byte-order = big-endian";
        await using var left = await TransportEnd.ListenAsync(kind, big);
        await using var right = await TransportEnd.ListenAsync("dotnetty", big);
        var (here, there) = await left.ConnectAsync(right);

        here.Write(Pattern(1_000));
        there.Write(Pattern(2_000));

        Assert.Equal(Pattern(1_000), await there.FrameAsync());
        Assert.Equal(Pattern(2_000), await here.FrameAsync());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_port_that_refuses_is_no_failure_of_ours(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind);
        var gone = await TransportEnd.ListenAsync(kind);
        await gone.DisposeAsync();

        var refused = await Assert.ThrowsAsync<InvalidAssociationException>(() => end.Transport.Associate(gone.Address));

        Assert.Null(refused.InnerException);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Who_does_not_answer_is_given_up(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind, "akka.remote.dot-netty.tcp.connection-timeout = 300ms");
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(1);
        // The kernel answers as long as there is room in its queue.
        var callers = new List<Socket>();
        for (var i = 0; i < 8; i++)
        {
            callers.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false });
            try
            {
                await Task.Yield();
                callers[^1].Connect(deaf.LocalEndPoint!);
            }
            catch (SocketException)
            {
                // Under way.
            }
        }

        var address = new Address("tcp", "deaf", "127.0.0.1", ((IPEndPoint)deaf.LocalEndPoint!).Port);
        await Assert.ThrowsAsync<InvalidAssociationException>(() => end.Transport.Associate(address));

        callers.ForEach(caller => caller.Dispose());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Members_have_names(string kind)
    {
        await using var left = await TransportEnd.ListenAsync(kind, "akka.remote.dot-netty.tcp { hostname = \"localhost\" }");
        await using var right = await TransportEnd.ListenAsync(kind, "akka.remote.dot-netty.tcp { hostname = \"127.0.0.1\", public-hostname = \"localhost\" }");

        var (here, there) = await left.ConnectAsync(right);

        Assert.Equal(("localhost", "localhost"), (left.Address.Host, right.Address.Host));
        Assert.Equal(right.Address, here.Handle.RemoteAddress);
        here.Write([1]);
        Assert.Equal([1], await there.FrameAsync());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Members_have_IPv6_addresses(string kind)
    {
        if (!Socket.OSSupportsIPv6)
            return;
        const string loopback = "akka.remote.dot-netty.tcp.hostname = \"::1\"";
        await using var left = await TransportEnd.ListenAsync(kind, loopback);
        await using var right = await TransportEnd.ListenAsync(kind, loopback);

        var (here, there) = await left.ConnectAsync(right);

        Assert.Equal("[::1]", right.Address.Host);
        here.Write([1]);
        Assert.Equal([1], await there.FrameAsync());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Ends_and_resets_are_told_apart(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind);
        using var ends = Dial(end);
        var ended = (await end.AcceptAsync()).Claim();
        using var resets = Dial(end);
        var reset = (await end.AcceptAsync()).Claim();

        ends.Shutdown(SocketShutdown.Send);
        resets.LingerState = new LingerOption(true, 0);
        resets.Dispose();

        Assert.Equal(DisassociateInfo.Unknown, await ended.EndAsync());
        Assert.Equal(DisassociateInfo.Shutdown, await reset.EndAsync());
        Assert.Equal(0, await ends.ReceiveAsync(new byte[1]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_was_written_before_the_end_arrives(string kind)
    {
        await using var left = await TransportEnd.ListenAsync(kind);
        await using var right = await TransportEnd.ListenAsync(kind);
        var (here, there) = await left.ConnectAsync(right);

        for (var i = 0; i < 100; i++)
            here.Write(Pattern(50_000 + i));
        here.Disassociate();
        here.Disassociate();

        for (var i = 0; i < 100; i++)
            Assert.Equal(50_000 + i, (await there.FrameAsync()).Length);
        await there.EndAsync();
        await here.EndAsync();
        Assert.False(here.Write([1]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Nothing_is_lost_before_remoting_listens(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind, begins: false);
        using var early = Dial(end);
        early.Send([3, 0, 0, 0, 7, 8, 9]);
        early.Shutdown(SocketShutdown.Send);

        end.Begin();
        var link = await end.AcceptAsync();
        link.Claim();

        Assert.Equal([7, 8, 9], await link.FrameAsync());
        await link.EndAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_no_length_ends_the_connection(string kind)
    {
        await using var end = await TransportEnd.ListenAsync(kind);
        foreach (var length in (int[])[-1, int.MinValue, int.MaxValue, 256_100])
        {
            using var stranger = Dial(end);
            var link = (await end.AcceptAsync()).Claim();

            stranger.Send([.. BitConverter.GetBytes(length), .. new byte[2_000]]);

            await link.EndAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_port_can_be_had_again_at_once(string kind)
    {
        await using var other = await TransportEnd.ListenAsync(kind);
        var first = await TransportEnd.ListenAsync(kind);
        var (_, there) = await other.ConnectAsync(first);
        there.Write([1]);
        await first.DisposeAsync();

        await using var second = await TransportEnd.ListenAsync(kind, $"akka.remote.dot-netty.tcp.port = {first.Port}");

        var (here, again) = await other.ConnectAsync(second);
        again.Write([2]);
        Assert.Equal([2], await here.FrameAsync());
        var taken = await Assert.ThrowsAsync<RemoteTransportException>(() => TransportEnd.ListenAsync(kind, $"akka.remote.dot-netty.tcp.port = {first.Port}"));
        Assert.StartsWith("Failed to bind to", taken.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task After_the_shutdown_nobody_is_reached(string kind)
    {
        await using var other = await TransportEnd.ListenAsync(kind);
        var end = await TransportEnd.ListenAsync(kind);
        var (here, there) = await end.ConnectAsync(other);

        await end.DisposeAsync();

        await there.EndAsync();
        await here.EndAsync();
        Assert.False(here.Write([1]));
        await Assert.ThrowsAnyAsync<Exception>(() => end.Transport.Associate(other.Address));
    }

    private static byte[] Pattern(int size)
    {
        var bytes = new byte[size];
        for (var i = 0; i < size; i++)
            bytes[i] = (byte)((i * 31) + size);
        return bytes;
    }

    private static Socket Dial(TransportEnd end)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, end.Port);
        return socket;
    }
}
