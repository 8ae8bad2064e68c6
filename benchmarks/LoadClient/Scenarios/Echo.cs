using LoadClient.Measuring;
using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>
/// Every client calls, and calls again when it has its acknowledgement with its payload back; or (--rate) so many calls a second, all clients in turn.
/// </summary>
internal sealed class Echo(EventLoop loop, LoadSettings settings) : Scenario(loop, settings)
{
    private const int AckId = 1;

    private readonly OrderCheck _check = new(settings.Clients);
    private readonly ClientFrame _frame = ClientFrame.Call("""["echo",""", settings.Payload, AckId);
    private readonly long[] _sentAt = new long[settings.Clients];
    private readonly int[] _sentBy = new int[settings.Clients];
    private readonly bool[] _waits = new bool[settings.Clients];
    private Connection[] _clients = [];
    private long _sent;
    private long _turn;
    private long _skipped;

    internal override async Task RunAsync()
    {
        _clients = await Clients.ConnectAsync(Settings.Clients);
        for (var i = 0; i < _clients.Length; i++)
            _clients[i].Index = i;
        await Clients.PlaceAsync(_clients);

        if (IsOpenLoop)
            Loop.StartTicking(Settings.Rate, SendNext);
        for (var i = 0; i < _clients.Length && !IsOpenLoop; i++)
            Send(_clients[i], Clock.Now);
        var measured = await MeasureAsync(() => _check.Accepted);
        Loop.StopTicking();
        await DrainAsync(() => _check.Accepted >= _sent);

        Print("round trip", measured, new() { ["clients"] = Settings.Clients, ["payload"] = Settings.Payload, ["rate"] = Settings.Rate },
            ("lost", _sent - _check.Accepted), ("dup", _check.Duplicates),
            ("reordered", _check.Reordered), ("wrong_values", _check.Wrong), ("skipped", _skipped));
    }

    public override void OnAck(Connection connection, ReadOnlySpan<byte> json, long now)
    {
        var payload = new PayloadCheck(json, text: true, PayloadSize);
        if (!_check.Accept(connection.Index, payload.Sequence, payload.IsRight))
            return;
        Latency.Add(Clock.Milliseconds(now - _sentAt[connection.Index]));
        _waits[connection.Index] = false;
        if (!IsOpenLoop && !IsOver)
            Send(connection, now);
    }

    // A client that still waits for its answer is passed over.
    private void SendNext(long now)
    {
        var client = _clients[_turn++ % _clients.Length];
        if (_waits[client.Index])
            _skipped++;
        else
            Send(client, now);
    }

    private void Send(Connection client, long now)
    {
        _waits[client.Index] = true;
        _sentAt[client.Index] = now;
        _sent++;
        client.Send(_frame.Stamp(_sentBy[client.Index]++).Bytes);
    }
}
