using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Testing;

/// <summary>A handler class of an application.</summary>
internal sealed class ChatHandler(TimeProvider time) : SocketHandler
{
    public override ValueTask OnConnectedAsync() => Socket.JoinAsync("lobby");

    [On("say")]
    public async ValueTask<int> SayAsync(string text)
    {
        await Socket.To("lobby").EmitAsync("said", Socket.Id, text);
        return text.Length;
    }

    [On("now")]
    public ValueTask<DateTimeOffset> NowAsync() => new(time.GetUtcNow());
}
