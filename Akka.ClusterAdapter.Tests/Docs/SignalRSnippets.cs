using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/from-signalr.md: both sides are compiled.</summary>
internal static class SignalRSnippets
{
    public static void There(WebApplicationBuilder builder, WebApplication app)
    {
        builder.Services.AddSignalR();
        app.MapHub<ChatHub>("/chat");
    }

    public static void Here(WebApplicationBuilder builder, WebApplication app)
    {
        builder.Services.AddSocketIO();
        app.MapSocketIO(io => io.Of("/chat").MapHandler<ChatHandler>());
    }

    [Authorize]
    public sealed class ChatHub : Hub
    {
        public override Task OnConnectedAsync() => Clients.Others.SendAsync("Came", Context.ConnectionId);

        public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

        public Task Say(string room, string text) => Clients.OthersInGroup(room).SendAsync("Said", Context.ConnectionId, text);

        public string Who() => Context.ConnectionId;
    }

    [Authorize]
    public sealed class ChatHandler : SocketHandler
    {
        public override ValueTask OnConnectedAsync() => Socket.Broadcast.EmitAsync("came", Socket.Id);

        [On("join")]
        public ValueTask Join(string room) => Socket.JoinAsync(room);

        [On("say")]
        public ValueTask Say(string room, string text) => Socket.To(room).EmitAsync("said", Socket.Id, text);

        [On("who")]
        public string Who() => Socket.Id;
    }

    public sealed class NewsThere(IHubContext<ChatHub> hub)
    {
        public Task TellAsync(string text) => hub.Clients.All.SendAsync("News", text);
    }

    public sealed class NewsHere(SocketIOServer io)
    {
        public ValueTask TellAsync(string text) => io.Of("/chat").EmitAsync("news", text);
    }
}
