using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace ClusterExample;

/// <summary>Somebody in the chat, as everybody sees them.</summary>
internal sealed record Person(string Id, string Name, int Worker, int Pid, IReadOnlyList<string> Rooms);

/// <summary>What is kept with a socket; workers that fetch sockets get it too.</summary>
internal sealed record Profile(string Name, int Worker, int Pid);

/// <summary>A line of chat. The worker that took it is not always the one that delivers it.</summary>
internal sealed record Line(string From, string Name, string Room, string Text, int Worker);

/// <summary>The chat itself: every emit here reaches all workers, and none of its lines knows where anybody is connected.</summary>
internal sealed class Chat(SocketIOServer io, WorkerEnvironment worker)
{
    private const int LongestName = 30;
    private const int LongestRoom = 30;
    private const int LongestText = 2_000;
    private const int MostRooms = 10;

    public void Map() => io.OnConnection(async socket =>
    {
        socket.Data = ProfileOf(Text(socket, "name"));
        await socket.JoinAsync(FirstRooms(socket));
        socket.OnDisconnect(_ => socket.Broadcast.EmitAsync("gone", socket.Id));
        MapEvents(socket);
        await socket.EmitAsync("hello", PersonOf(socket));
        await socket.Broadcast.EmitAsync("person", PersonOf(socket));
    });

    private void MapEvents(Socket socket)
    {
        socket.On("people", async () => await PeopleAsync());
        socket.On("say", async (string room, string text) => await SayAsync(socket, room, text));
        socket.On("join", async (string room) =>
        {
            if (RoomsOf(socket.Rooms, socket.Id).Length < MostRooms && Cut(room, LongestRoom) is { Length: > 0 } name)
                await socket.JoinAsync(name);
            return await ShowAsync(socket);
        });
        socket.On("leave", async (string room) =>
        {
            if (room != socket.Id)
                await socket.LeaveAsync(room);
            return await ShowAsync(socket);
        });
        socket.On("rename", async (string name) =>
        {
            socket.Data = ProfileOf(name);
            return await ShowAsync(socket);
        });
    }

    private async ValueTask<bool> SayAsync(Socket socket, string room, string text)
    {
        if (!socket.Rooms.Contains(room) || Cut(text, LongestText) is not { Length: > 0 } words)
            return false;
        await io.To(room).EmitAsync("said", new Line(socket.Id, socket.GetData<Profile>()!.Name, room, words, worker.Number));
        return true;
    }

    /// <summary>Everybody, whichever worker they are on.</summary>
    private async ValueTask<Person[]> PeopleAsync() =>
    [
        .. from socket in await io.FetchSocketsAsync()
           let profile = socket.GetData<Profile>()
           where profile is not null
           select new Person(socket.Id, profile.Name, profile.Worker, profile.Pid, RoomsOf(socket.Rooms, socket.Id)),
    ];

    private static async ValueTask<Person> ShowAsync(Socket socket)
    {
        var person = PersonOf(socket);
        await socket.Broadcast.EmitAsync("person", person);
        return person;
    }

    private static Person PersonOf(Socket socket)
    {
        var profile = socket.GetData<Profile>()!;
        return new(socket.Id, profile.Name, profile.Worker, profile.Pid, RoomsOf(socket.Rooms, socket.Id));
    }

    private Profile ProfileOf(string? name) =>
        new(Cut(name, LongestName) is { Length: > 0 } given ? given : "Somebody", worker.Number, Environment.ProcessId);

    // A client that reconnects, perhaps to another worker, brings its rooms along.
    private static string[] FirstRooms(Socket socket)
    {
        var auth = socket.Handshake.Auth;
        if (auth.ValueKind != JsonValueKind.Object || !auth.TryGetProperty("rooms", out var rooms) || rooms.ValueKind != JsonValueKind.Array)
            return ["lobby"];
        return
        [
            .. rooms.EnumerateArray()
                .Where(room => room.ValueKind == JsonValueKind.String)
                .Select(room => Cut(room.GetString(), LongestRoom))
                .Where(room => room.Length > 0)
                .Take(MostRooms),
        ];
    }

    private static string? Text(Socket socket, string name) =>
        socket.Handshake.Auth.ValueKind == JsonValueKind.Object
        && socket.Handshake.Auth.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // The room that a socket's id is, is nobody's business.
    private static string[] RoomsOf(IEnumerable<string> rooms, string id) => [.. rooms.Where(room => room != id).Order(StringComparer.Ordinal)];

    private static string Cut(string? text, int longest)
    {
        var trimmed = text?.Trim() ?? string.Empty;
        return trimmed.Length <= longest ? trimmed : trimmed[..longest];
    }
}
