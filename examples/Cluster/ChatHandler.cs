namespace ClusterExample;

/// <summary>The chat itself: every emit here reaches all workers, and none of its lines knows where anybody is connected.</summary>
internal sealed class ChatHandler(WorkerEnvironment worker) : SocketHandler<IChatClient>, IChatServer
{
    private const int LongestName = 30;
    private const int LongestRoom = 30;
    private const int LongestText = 2_000;
    private const int MostRooms = 10;

    /// <summary>A client that shows something else than an entry is told so, and is not let in.</summary>
    public static ValueTask CheckAsync(Socket socket, Func<ValueTask> next)
    {
        _ = socket.Handshake.GetAuth<Entry>();
        return next();
    }

    private Person Me => PersonOf(Socket.Id, Socket.GetData<Profile>()!, Socket.Rooms);

    // A client that lost its connection is recovered by whichever worker it comes back to: it has its name and its rooms, and has been sent what it missed.
    // One that begins anew brings its name and its rooms along.
    public override async ValueTask OnConnectedAsync()
    {
        if (Socket.Recovered)
            Socket.Data = ProfileOf(Me.Name);
        else
            await EnterAsync(Socket.Handshake.GetAuth<Entry>());
        await Client.Hello(Me);
        await Client.Broadcast.Person(Me);
    }

    public override ValueTask OnDisconnectedAsync(DisconnectReason reason) => Client.Broadcast.Gone(Socket.Id);

    public async ValueTask<Person[]> People() =>
    [
        .. from socket in await Clients.Untyped.FetchSocketsAsync()
           let profile = socket.GetData<Profile>()
           where profile is not null
           select PersonOf(socket.Id, profile, socket.Rooms),
    ];

    public async ValueTask<bool> Say(string room, string text)
    {
        if (!Socket.Rooms.Contains(room) || Cut(text, LongestText) is not { Length: > 0 } words)
            return false;
        await Clients.To(room).Said(new Line(Socket.Id, Me.Name, room, words, worker.Number));
        return true;
    }

    public async ValueTask<Person> Join(string room)
    {
        if (Me.Rooms.Count < MostRooms && Cut(room, LongestRoom) is { Length: > 0 } name)
            await Socket.JoinAsync(name);
        return await ShowAsync();
    }

    public async ValueTask<Person> Leave(string room)
    {
        if (room != Socket.Id)
            await Socket.LeaveAsync(room);
        return await ShowAsync();
    }

    public ValueTask<Person> Rename(string name)
    {
        Socket.Data = ProfileOf(name);
        return ShowAsync();
    }

    private ValueTask EnterAsync(Entry entry)
    {
        Socket.Data = ProfileOf(entry.Name);
        return Socket.JoinAsync([.. (entry.Rooms ?? ["lobby"]).Select(room => Cut(room, LongestRoom)).Where(room => room.Length > 0).Take(MostRooms)]);
    }

    private async ValueTask<Person> ShowAsync()
    {
        await Client.Broadcast.Person(Me);
        return Me;
    }

    private Profile ProfileOf(string? name) => new(Cut(name, LongestName) is { Length: > 0 } given ? given : "Somebody", worker.Number, Environment.ProcessId);

    // The room that a socket's id is, is nobody's business.
    private static Person PersonOf(string id, Profile profile, IEnumerable<string> rooms) =>
        new(id, profile.Name, profile.Worker, profile.Pid, [.. rooms.Where(room => room != id).Order(StringComparer.Ordinal)]);

    private static string Cut(string? text, int longest)
    {
        var trimmed = text?.Trim() ?? string.Empty;
        return trimmed.Length <= longest ? trimmed : trimmed[..longest];
    }

    /// <summary>What a page shows at its connection.</summary>
    private sealed record Entry(string? Name, string[]? Rooms);

    /// <summary>What is kept with a socket; workers that fetch sockets get it too.</summary>
    private sealed record Profile(string Name, int Worker, int Pid);
}
