using System.Collections.Concurrent;
using System.Net.WebSockets;
using Akka.ClusterAdapter.Faults.Soak.Histories;
using Akka.ClusterAdapter.Faults.Soak.Nodes;

namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>
/// One client: it connects, joins its rooms, asks and answers, loses its connection and comes back, leaves and comes anew. What it remembers of its
/// session is what the official client remembers.
/// </summary>
internal sealed class SoakClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SoakHistory _history;
    private readonly Tally _tally;
    private readonly ClientScript _script;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<object?>> _asked = new();
    private int _nextId;
    private EngineConnection? _connection;
    private PacketCodec _codec = new PacketCodec.Json("/");
    private Session? _session;
    private string? _pid;
    private string? _offset;
    private volatile bool _isCalm;
    private volatile bool _isLeaving;

    public SoakClient(SoakHistory history, Tally tally, ClientScript script)
    {
        (_history, _tally, _script) = (history, tally, script);
        Life = Task.Run(LiveAsync);
    }

    public Task Life { get; }

    public string Name => _script.Name;

    /// <summary>Whether it has joined and its connection stands.</summary>
    public bool IsJoined => _session is not null && _connection is { Ended: null };

    public Session? Session => _session;

    /// <summary>Neither loses its connection by itself any more nor leaves.</summary>
    public void CalmDown() => _isCalm = true;

    /// <summary>Leaves for good.</summary>
    public async Task LeaveAsync()
    {
        _isLeaving = true;
        if (_connection is { Ended: null } connection)
            await GoodbyeAsync(connection);
        await Life;
    }

    /// <summary>Its network is gone for a moment.</summary>
    public void Drop(bool reset) => _connection?.Drop(reset);

    public void HalfClose()
    {
        if (_connection is not { } connection)
            return;
        _session?.Disconnected(Environment.TickCount64);
        connection.HalfClose();
    }

    /// <summary>Reads nothing for a while; then its connection is over.</summary>
    public async Task StopReadingAsync(TimeSpan duration)
    {
        if (_connection is not { } connection)
            return;
        _session?.Disconnected(Environment.TickCount64);
        connection.StopReading();
        await Task.Delay(duration, TimeProvider.System);
        connection.Drop(reset: false);
    }

    private async Task LiveAsync()
    {
        while (!_isLeaving)
        {
            try
            {
                using var connection = await EngineConnection.OpenAsync(_script.NextUrl(), _script.NextWay(), CancellationToken.None);
                await UseAsync(connection);
            }
            catch (Exception e) when (e is HttpRequestException or WebSocketException or IOException or OperationCanceledException or TimeoutException
                or ObjectDisposedException)
            {
                _tally.Add("refused");
            }
            catch (Exception e)
            {
                _history.Found($"{Name}: {e}");
            }

            if (!_isLeaving)
                await Task.Delay(_script.NextPause(_isCalm), TimeProvider.System);
        }

        EndSession(wasTold: false);
    }

    private async Task UseAsync(EngineConnection connection)
    {
        _codec = _script.NewCodec();
        _asked.Clear();
        await connection.SendAsync(_codec.Connect(_pid, _offset));
        using var limit = new CancellationTokenSource(Patience);
        // What a recovered client has missed comes before the answer; the official client keeps it until then.
        var early = new List<Packet>();
        var first = await NextAsync(connection, limit.Token);
        for (; first is { Type: 2 or 5 }; first = await NextAsync(connection, limit.Token))
            early.Add(first.Value);
        if (first is not { Type: 0 } answer)
        {
            _tally.Add(first is null ? $"not connected ({connection.Ended})" : $"not connected ({first.Value.Values.FirstOrDefault()})");
            return;
        }

        Connected(connection, answer);
        _connection = connection;
        foreach (var packet in early)
            await TakeEventAsync(connection, packet);
        var reading = ReadAsync(connection);
        var acting = ActAsync(connection);
        await reading;
        _session?.Disconnected(Environment.TickCount64);
        _connection = null;
        foreach (var asked in _asked.Values)
            asked.TrySetCanceled();
        await acting;
    }

    private void Connected(EngineConnection connection, Packet answer)
    {
        var pid = answer.Values.ElementAtOrDefault(1) as string;
        if (_pid is not null && pid == _pid)
        {
            _tally.Add("recovered");
            _session?.Connected(null, Environment.TickCount64, connection.How);
            return;
        }

        _tally.Add(_pid is null ? "new" : "anew");
        EndSession(wasTold: _pid is not null);
        (_pid, _offset) = (pid, null);
    }

    private void EndSession(bool wasTold)
    {
        _session?.End(wasTold);
        _session = null;
    }

    private async Task<Packet?> NextAsync(EngineConnection connection, CancellationToken ct)
    {
        while (await connection.ReceiveAsync(ct) is { } message)
        {
            if (_codec.Take(message) is { } packet)
                return packet;
        }

        return null;
    }

    private async Task ReadAsync(EngineConnection connection)
    {
        while (await NextAsync(connection, CancellationToken.None) is { } packet)
        {
            if (packet.Type is 2 or 5)
                await TakeEventAsync(connection, packet);
            else if (packet is { Type: 3 or 6, Id: { } id })
                TakeAnswer(id, packet.Values);
            else if (packet.Type == 1)
                connection.Drop(reset: false);
        }
    }

    private async Task TakeEventAsync(EngineConnection connection, Packet packet)
    {
        var name = packet.Values[0] as string;
        if (name == "question" && packet.Id is { } id)
            await connection.SendAsync(_codec.Write(3, id, ["yes"]));
        if (name != "n")
            return;
        // ["n", stream, filler, number, moment, offset]
        var number = (int)(long)packet.Values[3]!;
        var stream = (string)packet.Values[1]!;
        _history.Receive(_session, stream, number, (long)packet.Values[4]!);
        if (_pid is not null && packet.Values[^1] is string offset)
            _offset = offset;
        if (!IsRight(packet.Values[2], Speaker.FillerOf(number, stream.Split('|')[2])))
            _history.Found($"{Name} got {stream} {number} with something else in it");
    }

    private static bool IsRight(object? got, object? sent) => (got, sent) switch
    {
        (null, null) => true,
        (string one, string other) => one == other,
        (byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other),
        _ => false,
    };

    private void TakeAnswer(int id, object?[] values)
    {
        if (_asked.TryGetValue(id, out var asked) && !asked.TrySetResult(values.FirstOrDefault()))
            _history.Found($"{Name}: {id} was acknowledged twice");
    }

    private async Task ActAsync(EngineConnection connection)
    {
        try
        {
            if (await AskAsync(connection, "who") is string life)
                _session?.IsAt(life);
            else
                return;
            if (_session is null)
                await JoinAsync(connection, life);
            while (connection.Ended is null)
            {
                await Task.Delay(_script.NextAction(), TimeProvider.System);
                if (connection.Ended is null && !await OneAsync(connection))
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is over.
        }
    }

    private async Task JoinAsync(EngineConnection connection, string life)
    {
        foreach (var room in _script.Rooms)
        {
            if (await AskAsync(connection, "join", room) is null)
                return;
        }

        // First it is there for what comes, then it counts.
        var session = _session = _history.Join(Name, _script.Scope, _script.Rooms, life, connection.How);
        session.Begin(Environment.TickCount64);
    }

    /// <summary>Does something; false when that was the end of the connection.</summary>
    private async Task<bool> OneAsync(EngineConnection connection)
    {
        switch (_script.Next(_isCalm))
        {
            case Act.Say:
                await AskAsync(connection, "say", _script.Rooms[1]);
                return true;
            case Act.Echo:
                var bytes = new byte[_script.NextSize()];
                Array.Fill(bytes, (byte)7);
                if (await AskAsync(connection, "echo", bytes) is { } echo && !IsRight(echo, bytes))
                    _history.Found($"{Name}: an echo of {bytes.Length} bytes came back otherwise");
                return true;
            case Act.Count:
                await AskAsync(connection, "count");
                return true;
            case Act.Data:
                await AskAsync(connection, "data", 17);
                return true;
            case Act.Join:
                await AskAsync(connection, "join", _script.NextRoom());
                return true;
            case Act.Leave:
                await AskAsync(connection, "leave", _script.NextRoom());
                return true;
            case Act.Drop:
                connection.Drop(_script.NextReset());
                return false;
            default:
                await GoodbyeAsync(connection);
                (_pid, _offset) = (null, null);
                EndSession(wasTold: false);
                return false;
        }
    }

    private async Task GoodbyeAsync(EngineConnection connection)
    {
        _session?.Disconnected(Environment.TickCount64);
        await connection.SendAsync(_codec.Disconnect());
        connection.Drop(reset: false);
    }

    /// <summary>An event and its acknowledgement; null when the connection ended before.</summary>
    private async Task<object?> AskAsync(EngineConnection connection, params object?[] values)
    {
        var id = Interlocked.Increment(ref _nextId);
        var answer = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        var start = Environment.TickCount64;
        try
        {
            await connection.SendAsync(_codec.Write(2, id, values));
            var value = await answer.Task.WaitAsync(Patience, TimeProvider.System);
            _tally.Add("acks");
            return value;
        }
        catch (TimeoutException)
        {
            if (connection.Ended is null && !_history.IsDisturbed(start - 10_000, Environment.TickCount64))
                _history.Found($"{Name}: no acknowledgement of {values[0]} within {Patience.TotalSeconds:0} s at {_session}");
            connection.Drop(reset: false);
            return null;
        }
    }
}
