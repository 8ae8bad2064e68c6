using Akka.ClusterAdapter.Server;

namespace CHAT_NAMESPACE;

/// <summary>Where handlers are registered: by the program, and by its tests.</summary>
public static class Chat
{
    public static void Map(SocketIOServer io) => io.Of("/chat").MapHandler<ChatHandler>();
}
