using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>Sockets that have the same id one after the other.</summary>
public class RoomTableTests
{
    private readonly RoomTable _rooms = new();
    private readonly List<RoomEvent> _events = [];

    [Fact]
    public void What_an_earlier_incarnation_does_late_touches_nothing_of_the_later_one()
    {
        _rooms.Join("id", 2, ["id", "lobby"], _events);
        _events.Clear();

        _rooms.Join("id", 1, ["late"], _events);
        _rooms.Leave("id", 1, "lobby", _events);
        _rooms.LeaveAll("id", 1, _events);

        Assert.Equal(["id", "lobby"], _rooms.RoomsOf("id", 2));
        Assert.Empty(_rooms.RoomsOf("id", 1));
        Assert.Empty(_events);
    }

    [Fact]
    public void Few_are_selected_as_always_and_many_are_not_looked_at()
    {
        for (var i = 0; i < 40; i++)
            _rooms.Join($"{i}", i + 1, [$"{i}", "all", i < 3 ? "three" : "most", i < 20 ? "half" : "other half"], _events);
        (string[] Rooms, string[] Except, int Count)[] cases =
        [
            (["three"], [], 3), (["three"], ["1"], 2), (["three"], ["three"], 0), (["nobody"], [], 0), (["7"], ["half"], -1),
            ([], [], -1), (["all"], ["most"], -1), (["most"], ["1"], -1), (["half"], [], -1),
        ];
        foreach (var (rooms, except, count) in cases)
        {
            var options = new BroadcastOptions { Rooms = [.. rooms], Except = [.. except] };
            Assert.Equal(count >= 0, _rooms.TrySelectFew(options, 16, out var few));
            Assert.Equal(count >= 0 ? _rooms.Select(options).ToArray() : [], few.ToArray());
            Assert.Equal(Math.Max(0, count), few.Length);
        }
    }

    [Fact]
    public void A_later_incarnation_does_not_inherit_what_an_earlier_one_joined_late()
    {
        _rooms.Join("id", 1, ["late"], _events);

        _rooms.Join("id", 2, ["id"], _events);
        _rooms.LeaveAll("id", 1, _events);

        Assert.Equal(["id"], _rooms.RoomsOf("id", 2));
        Assert.True(_rooms.Select(new BroadcastOptions { Rooms = ["late"] }).IsEmpty);
        Assert.Equal(
            [
                new(RoomEventKind.Created, "late"), new(RoomEventKind.Joined, "late", "id"), new(RoomEventKind.Left, "late", "id"),
                new(RoomEventKind.Deleted, "late"),
                new(RoomEventKind.Created, "id"), new RoomEvent(RoomEventKind.Joined, "id", "id"),
            ],
            _events);
    }

    [Fact]
    public void Whoever_knows_ids_only_means_the_one_that_is_there()
    {
        _rooms.Join("id", 1, ["id"], _events);

        _rooms.Join("id", 0, ["lobby"], _events);
        Assert.Equal(["id", "lobby"], _rooms.RoomsOf("id", 1));
        _rooms.Leave("id", 0, "id", _events);
        Assert.Equal(["lobby"], _rooms.RoomsOf("id"));
        _rooms.LeaveAll("id", 0, _events);

        Assert.Empty(_rooms.RoomsOf("id", 1));
    }
}
