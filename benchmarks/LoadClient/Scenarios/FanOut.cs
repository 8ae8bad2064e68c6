using LoadClient.Measuring;
using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>
/// Broadcasts to one room that all clients are in. Closed loop: a window of broadcasts is in flight, the next one leaves when one has reached everybody.
/// Open loop (--rate): so many broadcasts a second.
/// </summary>
internal sealed class FanOut(EventLoop loop, LoadSettings settings) : Scenario(loop, settings)
{
    // More than can be in flight.
    private const int Ring = 8192;

    private readonly int[] _received = new int[Ring];
    private readonly long[] _sentAt = new long[Ring];
    private readonly OrderCheck _check = new(settings.Clients * settings.Emitters);
    private readonly ClientFrame _frame = ClientFrame.Event("""["broadcast","bench",""", settings.Payload, settings.IsBinary);
    private Connection[] _emitters = [];
    private int _sent;

    internal override async Task RunAsync()
    {
        _emitters = await Clients.ConnectAsync(Settings.Emitters);
        var members = await Clients.ConnectAsync(Settings.Clients);
        for (var i = 0; i < members.Length; i++)
            members[i].Index = i;
        await Clients.PlaceAsync([.. _emitters, .. members]);
        await Crowd.EachAsync(members.Length, 64, i => members[i].CallAsync("""["join","bench"]"""));
        await Crowd.JoinOtherRoomsAsync(members, Settings.OtherRooms);
        await Loop.DelayAsync(Settings.Settle(500));

        if (IsOpenLoop)
            Loop.StartTicking(Settings.Rate, Send);
        for (var i = 0; i < Settings.Window && !IsOpenLoop; i++)
            Send(Clock.Now);
        var measured = await MeasureAsync(() => _check.Accepted);
        Loop.StopTicking();
        var expected = (long)_sent * members.Length;
        await DrainAsync(() => _check.Accepted >= expected);

        var perSecond = measured.Count / measured.Cpu.Seconds;
        Print("delivery", measured,
            new()
            {
                ["clients"] = Settings.Clients,
                ["payload"] = Settings.Payload,
                ["binary"] = Settings.IsBinary,
                ["window"] = IsOpenLoop ? 0 : Settings.Window,
                ["rate"] = Settings.Rate,
                ["emitters"] = Settings.Emitters,
                ["nap"] = Settings.Nap,
                ["other_rooms"] = Settings.OtherRooms
            },
            ("broadcasts", _sent), ("broadcasts_per_s", Rounded(perSecond / members.Length)), ("mb_per_s", Rounded(perSecond * Settings.Payload / 1e6)),
            ("lost", expected - _check.Accepted), ("dup", _check.Duplicates), ("reordered", _check.Reordered), ("wrong_values", _check.Wrong));
    }

    public override void OnEvent(Connection connection, in PayloadCheck payload, long now)
    {
        var number = payload.Sequence;
        var emitter = number % _emitters.Length;
        if (!_check.Accept((connection.Index * _emitters.Length) + emitter, number / _emitters.Length, payload.IsRight))
            return;
        Latency.Add(Clock.Milliseconds(now - _sentAt[number % Ring]));
        if (++_received[number % Ring] == Settings.Clients && !IsOpenLoop && !IsOver)
            Send(now);
    }

    private void Send(long now)
    {
        var number = _sent++;
        _received[number % Ring] = 0;
        _sentAt[number % Ring] = now;
        _emitters[number % _emitters.Length].Send(_frame.Stamp(number).Bytes);
    }
}
