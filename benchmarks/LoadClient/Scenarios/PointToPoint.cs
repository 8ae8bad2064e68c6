using LoadClient.Measuring;
using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>
/// Rooms of two, on different workers where there are several. Closed loop: each message is answered by the next one. Open loop (--rate): so many
/// messages a second, all rooms in turn, from either side.
/// </summary>
internal sealed class PointToPoint(EventLoop loop, LoadSettings settings) : Scenario(loop, settings)
{
    // Messages of one sender that can be in flight, at most.
    private const int Ring = 64;

    private readonly int _rooms = settings.Rooms;
    private readonly OrderCheck _check = new(2 * settings.Rooms);
    private readonly long[] _sentAt = new long[2 * settings.Rooms * Ring];
    private readonly int[] _sentBy = new int[2 * settings.Rooms];
    // Of room i: clients 2i and 2i + 1.
    private Connection[] _clients = [];
    private ClientFrame[] _frames = [];
    private long _sent;
    private long _turn;

    internal override async Task RunAsync()
    {
        _clients = Paired(await ConnectAndPlaceAsync(), out var crossing);
        _frames = [.. Enumerable.Range(0, _rooms).Select(room => ClientFrame.Event($"""["p2p","r{room}",""", Settings.Payload, Settings.IsBinary))];
        await Crowd.EachAsync(_clients.Length, 64, i => _clients[i].CallAsync($"""["join","r{i / 2}"]"""));
        await Loop.DelayAsync(Settings.Settle(500));

        if (IsOpenLoop)
            Loop.StartTicking(Settings.Rate, SendNext);
        for (var i = 0; i < _clients.Length && !IsOpenLoop; i += 2)
            Send(_clients[i], Clock.Now);
        var measured = await MeasureAsync(() => _check.Accepted);
        Loop.StopTicking();
        await DrainAsync(() => _check.Accepted >= _sent);

        Print("message", measured, new() { ["rooms"] = _rooms, ["payload"] = Settings.Payload, ["binary"] = Settings.IsBinary, ["rate"] = Settings.Rate },
            ("crossing_pairs", crossing), ("lost", _sent - _check.Accepted),
            ("dup", _check.Duplicates), ("reordered", _check.Reordered), ("wrong_values", _check.Wrong));
    }

    public override void OnEvent(Connection connection, in PayloadCheck payload, long now)
    {
        var sender = connection.Index ^ 1;
        if (!_check.Accept(sender, payload.Sequence, payload.IsRight))
            return;
        Latency.Add(Clock.Milliseconds(now - _sentAt[(sender * Ring) + (payload.Sequence % Ring)]));
        if (!IsOpenLoop && !IsOver)
            Send(connection, now);
    }

    private void SendNext(long now)
    {
        var room = (int)(_turn % _rooms);
        var side = (int)(_turn / _rooms % 2);
        _turn++;
        Send(_clients[(2 * room) + side], now);
    }

    private void Send(Connection client, long now)
    {
        var number = _sentBy[client.Index]++;
        _sentAt[(client.Index * Ring) + (number % Ring)] = now;
        _sent++;
        client.Send(_frames[client.Index / 2].Stamp(number).Bytes);
    }

    private async Task<Connection[]> ConnectAndPlaceAsync()
    {
        var connections = await Clients.ConnectAsync(2 * _rooms);
        await Clients.PlaceAsync(connections);
        return connections;
    }

    // The two workers with the most clients left give one each.
    private static Connection[] Paired(Connection[] connections, out int crossing)
    {
        var byWorker = connections.GroupBy(connection => connection.Node).Select(group => new Stack<Connection>(group)).ToList();
        var clients = new Connection[connections.Length];
        crossing = 0;
        for (var i = 0; i < clients.Length; i += 2)
        {
            byWorker.Sort((a, b) => b.Count - a.Count);
            clients[i] = byWorker[0].Pop();
            clients[i + 1] = (byWorker.Count > 1 && byWorker[1].Count > 0 ? byWorker[1] : byWorker[0]).Pop();
            (clients[i].Index, clients[i + 1].Index) = (i, i + 1);
            if (clients[i].Node != clients[i + 1].Node)
                crossing++;
        }
        return clients;
    }
}
