using Akka.ClusterAdapter.Server;

namespace FromNode;

/// <summary>Users see who is there and write to one person. Whoever comes back with their session id is the same user and finds the messages.</summary>
internal static class PrivateMessages
{
    private const int LongestText = 2_000;

    public static void Map(Namespace chat, Sessions sessions)
    {
        chat.Use(async (socket, next) =>
        {
            var session = sessions.Find(socket.Handshake.GetString("sessionID"))
                ?? sessions.Create(socket.Handshake.GetString("username"))
                ?? throw new ConnectErrorException("invalid username");
            socket.Data = new User(session.UserId, session.Username);               // other workers see it too; the session's id is a secret
            await next();
        });
        chat.OnConnection(async socket =>
        {
            var me = socket.GetData<User>()!;
            socket.OnDisconnect(async () =>
            {
                if ((await chat.In(me.UserID).FetchSocketsAsync()).Count == 0)      // the last of this user's sockets
                    await chat.EmitAsync("user disconnected", me.UserID);
            });
            await socket.JoinAsync(me.UserID);                                      // a room for all of this user's tabs
            await socket.EmitAsync("session", new { sessionID = sessions.OfUser(me.UserID)!.Id, userID = me.UserID });
            await socket.EmitAsync("users", await UsersAsync(chat, sessions, me));
            await socket.Except(me.UserID).EmitAsync("user connected", me);
        });
        chat.On("private message", async (Socket socket, Letter letter) =>
        {
            var me = socket.GetData<User>()!;
            if (letter is not { Content: { Length: > 0 and <= LongestText } content, To: { } to } || sessions.OfUser(to) is null)
                throw new EventException("invalid message");
            var sent = new Message(content, me.UserID, to);
            sessions.Keep(sent);
            await socket.To(to, me.UserID).EmitAsync("private message", sent);
        });
    }

    private static async Task<IEnumerable<object>> UsersAsync(Namespace chat, Sessions sessions, User me)
    {
        var online = (await chat.FetchSocketsAsync()).Select(socket => socket.GetData<User>()?.UserID).ToHashSet();
        var messages = sessions.MessagesOf(me.UserID).ToLookup(message => message.From == me.UserID ? message.To : message.From);
        return sessions.Users().Select(user => new
        {
            userID = user.UserId,
            username = user.Username,
            connected = online.Contains(user.UserId),
            messages = messages[user.UserId],
        });
    }

    private sealed record User(string UserID, string Username);

    private sealed record Letter(string? Content, string? To);
}
