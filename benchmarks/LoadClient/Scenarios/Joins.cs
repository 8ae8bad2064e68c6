using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>Every client joins a room of its own, leaves it, joins the next one: each call when the one before has been acknowledged.</summary>
internal sealed class Joins(EventLoop loop, LoadSettings settings) : Scenario(loop, settings)
{
    private const int RoomsPerClient = 100;

    private readonly byte[][] _joins = new byte[settings.Clients * RoomsPerClient][];
    private readonly byte[][] _leaves = new byte[settings.Clients * RoomsPerClient][];
    private readonly long[] _sentAt = new long[settings.Clients];
    private readonly int[] _calls = new int[settings.Clients];
    private long _sent;
    private long _answers;
    private long _wrong;

    internal override async Task RunAsync()
    {
        var clients = await Clients.ConnectAsync(Settings.Clients);
        for (var i = 0; i < clients.Length; i++)
            clients[i].Index = i;
        await Clients.PlaceAsync(clients);
        await Crowd.JoinOtherRoomsAsync(clients, Settings.OtherRooms);
        for (var i = 0; i < _joins.Length; i++)
            (_joins[i], _leaves[i]) = (ClientFrame.Text($"421[\"join\",\"own-{i}\"]"), ClientFrame.Text($"421[\"leave\",\"own-{i}\"]"));

        foreach (var client in clients)
            Send(client, Clock.Now);
        var measured = await MeasureAsync(() => _answers);
        await DrainAsync(() => _answers >= _sent);

        Print(
            "join or leave", measured, new() { ["clients"] = Settings.Clients, ["other_rooms"] = Settings.OtherRooms },
            ("lost", _sent - _answers), ("wrong_values", _wrong));
    }

    public override void OnAck(Connection connection, ReadOnlySpan<byte> json, long now)
    {
        Latency.Add(Clock.Milliseconds(now - _sentAt[connection.Index]));
        _answers++;
        if (!json.SequenceEqual("[\"ok\"]"u8))
            _wrong++;
        if (!IsOver)
            Send(connection, now);
    }

    private void Send(Connection client, long now)
    {
        var call = _calls[client.Index]++;
        var room = (client.Index * RoomsPerClient) + (call / 2 % RoomsPerClient);
        _sentAt[client.Index] = now;
        _sent++;
        client.Send(call % 2 == 0 ? _joins[room] : _leaves[room]);
    }
}
