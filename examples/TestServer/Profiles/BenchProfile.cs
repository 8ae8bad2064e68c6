using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Protocol;

namespace TestServer.Profiles;

/// <summary>The event contract of the load test: the same handlers as its reference in Node, nothing more. Payloads pass as they came.</summary>
internal static class BenchProfile
{
    private const string ServerSidePing = "sse-ping";

    public static void Configure(SocketIOServer io)
    {
        var node = io.WorkerId;
        var main = io.Of("/");
        main.OnServerSide(ServerSidePing, () => new ValueTask<string>(node));
        io.OnConnection(socket =>
        {
            socket.On("whoami", () => new ValueTask<string>(node));
            socket.On("echo", (PacketArgument payload) => new ValueTask<PacketArgument>(payload));
            socket.On("join", (string room) => AnswerOkAsync(socket.JoinAsync(room)));
            socket.On("leave", (string room) => AnswerOkAsync(socket.LeaveAsync(room)));
            socket.On("broadcast", (string room, PacketArgument payload) => io.To(room).EmitAsync("b", payload));
            socket.On("p2p", (string room, PacketArgument payload) => socket.To(room).EmitAsync("m", payload));
            socket.On("fetch", async () => (await io.FetchSocketsAsync()).Count);
            socket.On("sse", () => AskOthersAsync(main));
        });
    }

    private static async ValueTask<string> AnswerOkAsync(ValueTask done)
    {
        await done;
        return "ok";
    }

    private static async ValueTask<int> AskOthersAsync(Namespace main)
    {
        try
        {
            return (await main.ServerSideEmitWithAckAsync<string>(ServerSidePing, [])).Count;
        }
        catch (ClusterRequestTimeoutException)
        {
            return -1;
        }
    }
}
