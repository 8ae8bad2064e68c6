using Akka.ClusterAdapter.Server;

namespace ChatServer;

/// <summary>Where handlers are registered: by the program, and by its tests.</summary>
public static class Chat
{
    public static void Map(SocketIOServer io) => io.Of("/chat").MapHandler<ChatHandler>();
}
