using System.Buffers.Text;
using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>
/// Cluster-wide questions, each asked again when it has been answered: fetchSockets (the number of all clients), serverSideEmit (that of the other workers).
/// </summary>
internal sealed class Calls(EventLoop loop, LoadSettings settings) : Scenario(loop, settings)
{
    private readonly byte[] _frame = ClientFrame.Text($"425[\"{settings.Scenario}\"]");
    private readonly long[] _sentAt = new long[settings.Clients];
    private int _expected;
    private int _value = -1;
    private long _sent;
    private long _answers;
    private long _wrong;

    internal override async Task RunAsync()
    {
        var clients = await Clients.ConnectAsync(Settings.Clients);
        for (var i = 0; i < clients.Length; i++)
            clients[i].Index = i;
        await Clients.PlaceAsync(clients);
        await Loop.DelayAsync(Settings.Settle(500));
        _expected = Settings.Scenario == "fetch" ? Clients.Count : (Settings.Nodes > 0 ? Settings.Nodes : Clients.Placement.Count) - 1;

        foreach (var asker in Askers(clients))
            Send(asker, Clock.Now);
        var measured = await MeasureAsync(() => _answers);
        await DrainAsync(() => _answers >= _sent);

        Print("call", measured, new() { ["clients"] = Settings.Clients, ["concurrency"] = Settings.Concurrency },
            ("value", _value), ("lost", _sent - _answers), ("wrong_values", _wrong), ("nodes", Clients.Placement.Count));
    }

    public override void OnAck(Connection connection, ReadOnlySpan<byte> json, long now)
    {
        Latency.Add(Clock.Milliseconds(now - _sentAt[connection.Index]));
        _answers++;
        // [123]
        if (!Utf8Parser.TryParse(json[1..], out _value, out _) || _value != _expected)
            _wrong++;
        if (!IsOver)
            Send(connection, now);
    }

    // As many as there are calls at a time, from all workers in turn.
    private IEnumerable<Connection> Askers(Connection[] clients) =>
        clients.GroupBy(client => client.Node).SelectMany(group => group.Select((client, turn) => (client, turn)))
            .OrderBy(entry => entry.turn).Select(entry => entry.client).Take(Settings.Concurrency);

    private void Send(Connection client, long now)
    {
        _sentAt[client.Index] = now;
        _sent++;
        client.Send(_frame);
    }
}
