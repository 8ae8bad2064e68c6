using Akka.ClusterAdapter.Server;

public static class Chat
{
    public static void Map(SocketIOServer io)
    {
        io.On("enter", async (Socket socket, string name) =>
        {
            socket.Data = name;                                            // what the server knows of this client
            await socket.JoinAsync("lobby");
            await socket.To("lobby").EmitAsync("entered", name);           // everybody in the room but the sender
            return io.Of("/").Sockets.Count;                               // the acknowledgement
        });
        io.On("say", (Socket socket, string text) => io.To("lobby").EmitAsync("said", socket.GetData<string>(), text));
        io.OnConnection(socket => socket.OnDisconnect(() => io.To("lobby").EmitAsync("left", socket.GetData<string>())));
    }
}
