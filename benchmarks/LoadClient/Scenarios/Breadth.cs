using System.Text.Json.Nodes;
using LoadClient.Measuring;
using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>
/// A part of a very large crowd: its clients connect and join one room. Commands come on standard input, one a line; answers are lines of JSON.
/// breadth.js leads several such processes, since one may not open as many sockets as it likes. Times are those of the machine's monotonic clock,
/// so that it can compare them.
/// </summary>
internal sealed class Breadth(EventLoop loop, LoadSettings settings) : Scenario(loop, settings)
{
    private const int LookMilliseconds = 20, WarmUpClients = 200, Concurrency = 64, JoinAttempts = 4;

    // Larger than the number of broadcasts in a run.
    private const int Ring = 1024;

    private readonly OrderCheck _check = new(settings.Clients);
    private readonly int[] _received = new int[Ring];
    private readonly long[] _firstAt = new long[Ring];
    private readonly long[] _halfAt = new long[Ring];
    private readonly ClientFrame _frame = ClientFrame.Event("""["broadcast","bench",""", settings.Payload, binary: false);
    private readonly SmallRooms _rooms = new(settings.PairRooms, settings.Payload);
    private Connection? _emitter;
    private int _members = settings.Clients;
    private int _lateJoins;
    private int _outside;
    private int _latest = -1;
    private int _told = -1;
    private int _sent;

    internal override async Task RunAsync()
    {
        await Clients.ConnectAsync(Math.Min(WarmUpClients, Settings.Clients));
        Clients.CloseAll();
        await Loop.DelayAsync(1);
        Say("warm");
        while (await CommandAsync() is { } command && command != "end")
            await RunAsync(command);
        Say("end", ("alive", Clients.Count), ("dup", _check.Duplicates + _rooms.Check.Duplicates), ("reordered", _check.Reordered + _rooms.Check.Reordered),
            ("wrong_values", _check.Wrong + _rooms.Check.Wrong),
            ("closed_unexpectedly", Clients.ClosedUnexpectedly), ("stuck_connects", Clients.StuckConnects),
            ("late_joins", _lateJoins), ("outside", _outside));
        Clients.CloseAll();
    }

    public override void OnEvent(Connection connection, in PayloadCheck payload, long now)
    {
        var number = payload.Sequence;
        if (connection.Index >= Settings.Clients)
            _rooms.Receive(connection.Index - Settings.Clients, payload, now);
        else if (_check.Accept(connection.Index, number, payload.IsRight))
            Count(number, now);
    }

    // Nobody waits for who is gone.
    public override void OnLost(Connection connection)
    {
        base.OnLost(connection);
        if (connection.Index >= Settings.Clients)
            return;
        _members--;
        if (_told < _latest)
            Tell(_latest, Clock.Now);
    }

    private void Count(int number, long now)
    {
        var place = number % Ring;
        _latest = Math.Max(_latest, number);
        var received = ++_received[place];
        if (received == 1)
            _firstAt[place] = now;
        if (received == (_members + 1) / 2)
            _halfAt[place] = now;
        Tell(number, now);
    }

    // Says that everybody has it, once: the next one leaves behind that.
    private void Tell(int number, long now)
    {
        var place = number % Ring;
        if (number <= _told || _received[place] < _members)
            return;
        _told = number;
        Say("broadcast", ("number", number), ("first", At(_firstAt[place])), ("half", At(_halfAt[place])), ("last", At(now)), ("members", _members));
    }

    private async Task RunAsync(string command)
    {
        switch (command)
        {
            case "connect":
                await ConnectAsync();
                break;
            case "broadcast":
                var now = Clock.Now;
                Say("sent", ("number", _sent), ("at", At(now)));
                _emitter!.Send(_frame.Stamp(_sent++).Bytes);
                break;
            case "rooms":
                Loop.StartTicking(Settings.Rate, _rooms.SendNext);
                break;
            case "rooms-stop":
                Loop.StopTicking();
                break;
            case "rooms-report":
                Say("rooms", ("sent", _rooms.Sent), ("received", _rooms.Check.Accepted), ("count", _rooms.Latency.Count),
                    ("p50_ms", Rounded(_rooms.Latency.Quantile(0.5))), ("p99_ms", Rounded(_rooms.Latency.Quantile(0.99))),
                    ("max_ms", Rounded(_rooms.Latency.Max)));
                _rooms.Latency.Reset();
                break;
            default:
                throw new ArgumentException($"There is no command '{command}'.");
        }
    }

    private async Task ConnectAsync()
    {
        var start = Clock.Now;
        var members = await Clients.ConnectAsync(Settings.Clients, Concurrency);
        var connected = Clock.Now;
        for (var i = 0; i < members.Length; i++)
            members[i].Index = i;
        await Crowd.EachAsync(members.Length, Concurrency, i => JoinAsync(members[i]));
        var joined = Clock.Now;
        if (Settings.PairRooms > 0)
        {
            _emitter = (await Clients.ConnectAsync(1))[0];
            var pairs = await Clients.ConnectAsync(2 * Settings.PairRooms);
            await _rooms.OpenAsync(pairs, Settings.Clients);
        }
        Say("connected", ("start", At(start)), ("connected", At(connected)), ("joined", At(joined)));
    }

    // A server that has too much to do is asked again.
    private async Task JoinAsync(Connection member)
    {
        for (var attempt = 1; attempt <= JoinAttempts && member.IsOpen; attempt++)
        {
            try
            {
                await member.CallAsync("""["join","bench"]""");
                return;
            }
            catch (TimeoutException)
            {
                _lateJoins++;
            }
            catch (IOException)
            {
                // It was cut off meanwhile, and is counted as that.
                return;
            }
        }
        if (!member.IsOpen)
            return;
        // It has no place in the room and is not waited for.
        _members--;
        _outside++;
    }

    // The loop has one thread; a thread of the pool waits for the line and this one looks whether it is there.
    private async Task<string?> CommandAsync()
    {
        var line = Task.Run(Console.ReadLine);
        while (!line.IsCompleted)
            await Loop.DelayAsync(LookMilliseconds / 1000.0);
        return await line;
    }

    private static JsonNode At(long now) => Math.Round(Clock.Milliseconds(now), 3);

    private static void Say(string phase, params (string Name, JsonNode? Value)[] more)
    {
        var line = new JsonObject { ["phase"] = phase };
        foreach (var (name, value) in more)
            line[name] = value;
        Console.WriteLine(line.ToJsonString());
    }
}
