using Akka.ClusterAdapter.Server;

namespace CHAT_NAMESPACE;

/// <summary>What is said, as clients receive it.</summary>
public sealed record Said(string From, string Text, DateTimeOffset At);

/// <summary>The events of the namespace /chat. A new instance for each event; its services come by the constructor.</summary>
public sealed class ChatHandler(TimeProvider time) : SocketHandler
{
    public override ValueTask OnConnectedAsync() => Socket.JoinAsync("lobby");

    /// <summary>Tells everybody else in the lobby, on every worker. The acknowledgement is what was told.</summary>
    [On("say")]
    public async ValueTask<Said> SayAsync(string text)
    {
        var said = new Said(Socket.Id, text, time.GetUtcNow());
        await Socket.To("lobby").EmitAsync("said", said);
        return said;
    }
}
