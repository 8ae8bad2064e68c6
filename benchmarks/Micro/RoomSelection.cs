using System.Globalization;
using Akka.ClusterAdapter.Adapters;
using BenchmarkDotNet.Attributes;

namespace Akka.ClusterAdapter.Micro;

/// <summary>Who is to get a broadcast, in a table of 1,000 sockets; joins and leaves beside it.</summary>
public class RoomSelection
{
    private const int Sockets = 1_000;
    private const int Members = 200;

    private readonly RoomTable _table = new();
    private readonly List<RoomEvent> _events = [];
    private readonly BroadcastOptions _one = new() { Rooms = ["lobby"] };
    private readonly BroadcastOptions _two = new() { Rooms = ["lobby", "hall"] };
    private readonly BroadcastOptions _except = new() { Rooms = ["lobby"], Except = ["socket-7"] };
    private readonly BroadcastOptions _nobody = new() { Rooms = ["nobody is here"] };

    [Params(1_000, 100_000)]
    public int Rooms { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        for (var i = 0; i < Sockets; i++)
        {
            var rooms = new List<string> { Name("socket", i) };
            if (i < Members)
                rooms.AddRange(["lobby", "hall"]);
            for (var room = i; room < Rooms; room += Sockets)
                rooms.Add(Name("room", room));
            _table.Join(rooms[0], 1, rooms, _events);
            _events.Clear();
        }
    }

    [Benchmark(Description = "one room of 200")]
    public int OneRoom() => _table.Select(_one).Length;

    [Benchmark(Description = "two rooms of the same 200")]
    public int TwoRooms() => _table.Select(_two).Length;

    [Benchmark(Description = "one room of 200 except one socket")]
    public int Except() => _table.Select(_except).Length;

    [Benchmark(Description = "a room nobody of this worker is in")]
    public int Nobody() => _table.Select(_nobody).Length;

    [Benchmark(Description = "everybody (1,000)")]
    public int Everybody() => _table.Select(BroadcastOptions.All).Length;

    [Benchmark(Description = "join and leave a room of its own")]
    public void JoinAndLeave() => JoinAndLeave("socket-1", "a new room");

    [Benchmark(Description = "join and leave a room of 200, then select it")]
    public int JoinLeaveSelect()
    {
        JoinAndLeave("socket-900", "lobby");
        return OneRoom();
    }

    private void JoinAndLeave(string socket, string room)
    {
        _table.Join(socket, 1, [room], _events);
        _table.Leave(socket, 1, room, _events);
        _events.Clear();
    }

    private static string Name(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}");
}
