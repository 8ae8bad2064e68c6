using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>
/// Broadcasts numbered messages to rooms of one namespace: each room is a stream with numbers of its own, without a gap. Speaks by
/// its own clock, and whenever a client asks for it.
/// </summary>
/// <param name="life">Name of this process's life.</param>
/// <param name="scope">The server and the namespace: <c>/</c>, <c>packed/</c>.</param>
/// <param name="target">Who hears a room.</param>
/// <param name="faults">Takes what goes wrong.</param>
internal sealed class Speaker(string life, string scope, Func<string, BroadcastTarget> target, NodeFaults faults)
{
    private const int LargeEvery = 150;
    private const int BinaryEvery = 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _next = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _lastAt = new(StringComparer.Ordinal);
    private volatile bool _isSpeaking;
    private Task _loop = Task.CompletedTask;

    /// <summary>The server and the namespace.</summary>
    public string Scope => scope;

    /// <summary>Begins, or goes on at another pace.</summary>
    public async Task SpeakAsync(double perSecond)
    {
        await StopAsync();
        _isSpeaking = true;
        _loop = LoopAsync(TimeSpan.FromSeconds(1 / perSecond));
    }

    public Task StopAsync()
    {
        _isSpeaking = false;
        return _loop;
    }

    /// <summary>Of each stream, how many messages were sent, and when the last one was.</summary>
    public Dictionary<string, long[]> Sent()
    {
        lock (_gate)
            return _next.ToDictionary(room => $"{life}|{scope}|{room.Key}", room => new[] { room.Value, _lastAt[room.Key] });
    }

    /// <summary>The next message to a room.</summary>
    public async Task SayAsync(string room)
    {
        var number = 0;
        try
        {
            ValueTask sending;
            // The order of the calls is the order of the numbers.
            lock (_gate)
            {
                number = _next.GetValueOrDefault(room);
                (_next[room], _lastAt[room]) = (number + 1, Environment.TickCount64);
                sending = target(room).EmitArgsAsync("n", [$"{life}|{scope}|{room}", FillerOf(number, room), number, _lastAt[room]]);
            }

            await sending;
        }
        catch (Exception e)
        {
            faults.Add($"{life}: saying {number} in {room} of {scope} threw {e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>What a message carries beside its number: nothing, some bytes, or much text.</summary>
    public static object? FillerOf(int number, string room)
    {
        if (number % LargeEvery == LargeEvery - 1 && room != Rooms.All)
            return new string((char)('a' + (number % 26)), 100_000);
        return number % BinaryEvery == 0 ? Bytes(number) : null;

        static byte[] Bytes(int number)
        {
            var bytes = new byte[16 + (number % 50)];
            Array.Fill(bytes, (byte)number);
            return bytes;
        }
    }

    private async Task LoopAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, TimeProvider.System);
        for (var i = 0; await timer.WaitForNextTickAsync() && _isSpeaking; i++)
            await SayAsync(i % 5 == 0 ? Rooms.All : Rooms.Home(i));
    }
}
