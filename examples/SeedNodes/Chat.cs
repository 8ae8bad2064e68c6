using Akka.ClusterAdapter.Server;

namespace SeedNodesExample;

/// <summary>What the workers do: whoever says something is heard on all of them.</summary>
internal static class Chat
{
    private const int LongestRoom = 30;
    private const int LongestText = 2_000;

    public static void Map(SocketIOServer io) => io.OnConnection(async socket =>
    {
        await socket.JoinAsync("lobby");
        socket.On("say", async (string room, string text) => await SayAsync(io, socket, room, text));
        socket.On("join", async (string room) =>
        {
            if (room.Length is > 0 and <= LongestRoom)
                await socket.JoinAsync(room);
        });
        socket.On("count", async () => (await io.FetchSocketsAsync()).Count);
        await socket.EmitAsync("hello", new { worker = io.WorkerId, pid = Environment.ProcessId });
    });

    private static async ValueTask<bool> SayAsync(SocketIOServer io, Socket socket, string room, string text)
    {
        if (!socket.Rooms.Contains(room) || text.Length is 0 or > LongestText)
            return false;
        await io.To(room).EmitAsync("said", new { from = socket.Id, text });
        return true;
    }
}
