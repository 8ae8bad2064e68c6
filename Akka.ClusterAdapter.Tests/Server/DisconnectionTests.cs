using System.Collections.Concurrent;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What a socket tells of its end, and an engine of its sessions.</summary>
public sealed class DisconnectionTests
{
    public static TheoryData<string, DisconnectReason, string?> Ends => new()
    {
        { "42/other,[\"x\"]", DisconnectReason.ForcedServerClose, "packet for a namespace that is not joined" },
        { "4{", DisconnectReason.ForcedClose, "" },
        { "2", DisconnectReason.TransportError, "ping-direction" },
        { "x", DisconnectReason.ParseError, "bad-packet" },
        { "41", DisconnectReason.ClientNamespaceDisconnect, null },
        { "1", DisconnectReason.TransportClose, null },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_socket_tells_how_it_left(string sent, DisconnectReason reason, string? description)
    {
        var before = new ConcurrentQueue<Disconnection?>();
        var ends = new ConcurrentQueue<Disconnection?>();
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            before.Enqueue(socket.Disconnection);
            socket.OnDisconnecting(_ => before.Enqueue(socket.Disconnection));
            socket.OnDisconnect(_ => ends.Enqueue(socket.Disconnection));
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync(sent);
        await Eventually.TrueAsync(() => !ends.IsEmpty);

        var end = Assert.Single(ends)!;
        Assert.Equal(reason, end.Reason);
        if (description == "")
            Assert.NotEmpty(end.Description!);
        else
            Assert.Equal(description, end.Description);
        Assert.Equal([null, end], before);
        Assert.Equal(end.Description is null ? reason.ToText() : $"{reason.ToText()} ({end.Description})", end.ToString());
    }

    [Fact]
    public async Task An_engine_tells_of_sessions_and_packets_and_listeners_that_throw_change_nothing()
    {
        var told = new ConcurrentQueue<string>();
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Engine.SessionOpened += _ => throw new InvalidOperationException("opened");
            io.Engine.PacketReceived += (_, _, _) => throw new InvalidOperationException("received");
            io.Engine.SessionClosed += (_, _) => throw new InvalidOperationException("closed");
            io.Engine.SessionOpened += session => told.Enqueue($"opened {session.Id.Length}");
            io.Engine.PacketReceived += (_, type, data) => told.Enqueue($"{type} {System.Text.Encoding.UTF8.GetString(data.Span)}");
            io.Engine.SessionClosed += (session, reason) => told.Enqueue($"closed {reason} {session.CloseDetail}");
            io.On("echo", (string text) => text);
        });
        await using (var client = await host.ConnectAsync())
        {
            await client.SendAsync("420[\"echo\",\"hi\"]");
            await client.ExpectAsync("430[\"hi\"]");
            await client.SendAsync("3");
            await client.SendAsync("2");
            await Eventually.TrueAsync(() => told.Any(line => line.StartsWith("closed", StringComparison.Ordinal)));
        }

        Assert.Equal(["opened 20", "Message 0", "Message 20[\"echo\",\"hi\"]", "Pong ", "Ping ", "closed TransportError ping-direction"], told);
        Assert.Equal((1, 5, 1), (Failed("session-opened"), Failed("packet-received") + 1, Failed("session-closed")));

        long Failed(string root) => host.Server.Engine.Counters.GetValueOrDefault("failed." + root);
    }

    [Fact]
    public async Task Nothing_is_told_of_a_session_behind_its_end_whatever_its_client_goes_on_sending()
    {
        var told = new ConcurrentQueue<string>();
        await using (var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Engine.PacketReceived += (_, type, _) => told.Enqueue($"{type}");
            io.Engine.SessionClosed += (_, _) => told.Enqueue("closed");
            io.On("stop", (Socket socket) => socket.Connection.Close());
        }))
        {
            await using var client = await host.ConnectAsync();
            await client.SendAsync("42[\"stop\"]");
            Assert.Equal("closed", await client.ReceiveAsync());

            for (var i = 0; i < 20; i++)
            {
                await client.SendAsync("42[\"more\"]");
                await client.SendAsync("3");
            }

            await client.CloseAsync();
        }

        Assert.Equal(["Message", "Message", "closed"], told);
    }
}
