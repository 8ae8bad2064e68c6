using System.Reflection;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>A server runs with the settings it was started with (docs/decisions/0057).</summary>
public class OptionsSnapshotTests
{
    [Fact]
    public async Task What_is_changed_after_the_start_has_no_effect()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.On("join", async (string[] rooms) =>
        {
            await socket.JoinAsync(rooms);
            return socket.Rooms.Count;
        })));
        var options = host.Services.GetRequiredService<IOptions<SocketIOOptions>>().Value;

        (options.MaxRoomsPerSocket, options.MaxNamespacesPerConnection, options.MaxPayload, options.MaxEventNameLength) = (1, 0, 1, 1);
        (options.Path, options.MaxDynamicNamespaces, options.AllowRequest) = ("/elsewhere", -1, _ => new ValueTask<string?>("no"));
        options.Transports[0] = options.Transports[1] = "none";
        await using var client = await host.ConnectAsync();
        await client.SendAsync("420[\"join\",[\"a\",\"b\",\"c\"]]");

        await client.ExpectAsync("430[4]");
    }

    [Fact]
    public void Every_setting_is_taken_over_and_none_is_shared_that_could_be_changed()
    {
        var options = new Derived
        {
            Path = "/p",
            Own = "kept",
            MaxRoomsPerSocket = 7,
            Parser = new MessagePackPacketParser(),
            Cookie = new EngineCookie(),
            ConnectionStateRecovery = new SessionStoreOptions(),
            Transports = ["websocket"],
        };

        var copy = Assert.IsType<Derived>(options.Snapshot());

        foreach (var setting in typeof(Derived).GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            Assert.Equal(setting.GetValue(options), setting.GetValue(copy));
        Assert.NotSame(options.Transports, copy.Transports);
    }

    private sealed class Derived : SocketIOOptions
    {
        public string Own { get; init; } = "";
    }
}
