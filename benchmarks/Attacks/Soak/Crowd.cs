using System.Globalization;
using Attacks.Clients;
using Attacks.Victims;

namespace Attacks.Soak;

/// <summary>Clients that behave: they listen to two speakers, one on each worker, and some come and go through the edge.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly List<Listener> _listeners = [];
    private readonly List<HonestClient> _speakers = [];
    private readonly CancellationTokenSource _end = new();
    private readonly int[] _said = new int[2];
    private readonly CancellationTokenSource _enough = new();
    private Task _running = Task.CompletedTask;
    private Task _coming = Task.CompletedTask;
    private int _handshakes;
    private int _refused;
    private string? _refusal;

    public static async Task<Crowd> StartAsync(VictimCluster cluster, int count)
    {
        var crowd = new Crowd();
        for (var i = 0; i < count; i++)
        {
            var listener = new Listener();
            await listener.Client.ConnectAsync(cluster.Edge!.Url);
            await listener.Client.SendAsync("42[\"join\",[\"all\"]]");
            crowd._listeners.Add(listener);
        }

        foreach (var worker in cluster.Workers)
        {
            var speaker = new HonestClient();
            await speaker.ConnectAsync(worker.Url);
            crowd._speakers.Add(speaker);
        }

        crowd._running = Task.WhenAll(crowd.SpeakAsync(0), crowd.SpeakAsync(1));
        return crowd;
    }

    /// <summary>From now on some come through the edge, too, and go at once.</summary>
    public void Come(string edge) => _coming = ComeAsync(edge);

    public async Task EndComingAsync()
    {
        await _enough.CancelAsync();
        await _coming;
    }

    public string Describe() =>
        $"said {_said[0]} and {_said[1]}, heard {_listeners.Sum(static listener => listener.Heard)}, handshakes {_handshakes}, refused {_refused}";

    public IEnumerable<string> Faults()
    {
        if (_refused > 0)
            yield return $"{_refused} of {_handshakes} handshakes were refused ({_refusal})";
        foreach (var speaker in _speakers.Where(static speaker => speaker.Ended is not null))
            yield return $"a speaker was cut off: {speaker.Ended}";
        foreach (var listener in _listeners.Where(static listener => listener.Client.Ended is not null).Take(3))
            yield return $"a listener was cut off: {listener.Client.Ended}";
        if (_listeners.Count(static listener => listener.Client.Ended is not null) is > 0 and var lost)
            yield return $"{lost} of {_listeners.Count} listeners were cut off";
        foreach (var listener in _listeners.Where(static listener => listener.Fault is not null).Take(3))
            yield return listener.Fault!;
        if (_listeners.Any(listener => listener.IsBehind(_said)))
            yield return "a listener has not heard the last that was said";
    }

    public async ValueTask DisposeAsync()
    {
        await EndComingAsync();
        await _end.CancelAsync();
        await _running;
        foreach (var client in _speakers.Concat(_listeners.Select(static listener => listener.Client)))
            await client.DisposeAsync();
        _end.Dispose();
        _enough.Dispose();
    }

    private async Task SpeakAsync(int who)
    {
        // The ack of the question that follows tells that all before was taken.
        while (!_end.IsCancellationRequested && _speakers[who].Ended is null)
        {
            var number = Volatile.Read(ref _said[who]) + 1;
            await RawConnection.Quietly(() => _speakers[who].SendAsync($"42[\"chat\",\"all\",\"{who}:{number}\"]"));
            Volatile.Write(ref _said[who], number);
            await Task.Delay(Beat);
        }
    }

    private async Task ComeAsync(string edge)
    {
        for (var i = 0; !_enough.IsCancellationRequested; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, edge + "/socket.io/?EIO=4&transport=polling");
            request.Headers.Add("X-Test-Client", $"10.3.{i / 250 % 250}.{(i % 250) + 1}");
            try
            {
                using var answer = await Http.SendAsync(request);
                _handshakes++;
                if (!answer.IsSuccessStatusCode)
                {
                    _refused++;
                    _refusal ??= $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
                }
            }
            catch (HttpRequestException e)
            {
                _refused++;
                _refusal ??= e.Message;
            }

            await Task.Delay(Beat / 2);
        }
    }

    /// <summary>Expects each speaker's numbers in order, without a gap.</summary>
    private sealed class Listener
    {
        private readonly int[] _last = new int[2];

        public Listener() => Client = new() { Event = Hear };

        public HonestClient Client { get; }

        public string? Fault { get; private set; }

        public int Heard { get; private set; }

        public bool IsBehind(int[] said) => Enumerable.Range(0, 2).Any(who => said[who] - _last[who] > 50);

        // 42["chat","0:17"]
        private void Hear(string message)
        {
            var start = message.LastIndexOf(",\"", StringComparison.Ordinal) + 2;
            var who = message[start] - '0';
            var number = int.Parse(message.AsSpan(start + 2, message.Length - start - 4), CultureInfo.InvariantCulture);
            if (_last[who] != 0 && number != _last[who] + 1)
                Fault ??= $"a listener heard {number} of speaker {who} after {_last[who]}";
            _last[who] = number;
            Heard++;
        }
    }
}
