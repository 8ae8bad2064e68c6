using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>An engine, a clock, and clients that do anything at any time.</summary>
internal sealed class SessionBench : IEngineHandler, ILoggerFactory, ILogger, IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly string[] Bodies =
        [
            "4hello", "4a\u001e4b", "3", "6", "1", "2", "5", "2probe", "", "x", "bAQID", "b%", "4a\u001e1", "4a\u001e\u001e4b", "\u001e", "4a\u001ex\u001e4b",
            "40", "0{}", "3probe"
        ];

    private static readonly byte[] FirstBytes = [0x81, 0x82, 0x81, 0x81, 0x88, 0x89, 0x8A, 0x01, 0x80, 0x83, 0xC1, 0x91];

    private readonly Random _random;
    private readonly FakeTimeProvider _time = new();
    private readonly EngineServer _engine;
    private readonly ConcurrentDictionary<string, (EngineSocket Socket, int Calls)> _sockets = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly List<string> _sids = [];
    private readonly List<FuzzRequest> _requests = [];

    public SessionBench(Random random)
    {
        _random = random;
        var options =
            new EngineOptions { MaxPayload = 2_000, MaxOutboundPackets = 64, MaxSessionsPerAddress = int.MaxValue, MaxHandshakesPerSecond = int.MaxValue };
        _engine = new EngineServer(options, this, _time, this);
    }

    /// <summary>One thing happens: a request begins or goes on or is given up, the server sends or closes, time passes.</summary>
    public async Task StepAsync()
    {
        switch (_random.Next(16))
        {
            case 0 or 1:
                Begin(new FuzzRequest("GET", "?EIO=4&transport=polling"));
                break;
            case 2:
                Begin(new FuzzRequest("GET", "?EIO=4&transport=websocket", isUpgrade: true));
                break;
            case 3 or 4 or 5:
                Begin(new FuzzRequest("GET", "?EIO=4&transport=polling&sid=" + Sid()));
                break;
            case 6 or 7 or 8:
                Begin(new FuzzRequest("POST", "?EIO=4&transport=polling&sid=" + Sid(), Body()));
                break;
            case 9:
                Begin(new FuzzRequest("GET", "?EIO=4&transport=websocket&sid=" + Sid(), isUpgrade: true));
                break;
            case 10 or 11 when _requests.Count > 0:
                await SendOnAsync(_requests[_random.Next(_requests.Count)]);
                break;
            case 12 when _requests.Count > 0:
                _requests[_random.Next(_requests.Count)].Abort();
                break;
            case 13:
                ActAsServer();
                break;
            case 14:
                _time.Advance(TimeSpan.FromSeconds(_random.NextDouble() * (_random.Next(8) == 0 ? 60 : 2)));
                break;
            default:
                await Task.Yield();
                break;
        }
    }

    /// <summary>All clients go without a word and time passes: nothing may be left, and everybody was told once.</summary>
    public async Task EndAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        foreach (var request in _requests)
            request.Abort();
        while (_engine.SessionCount > 0 || !_engine.Lingering.IsEmpty
            || _requests.Exists(request => !request.Handled.IsCompleted) || _sockets.Values.Any(socket => socket.Calls < 2))
        {
            if (TimeProvider.System.GetElapsedTime(start) > Deadline)
            {
                throw new TimeoutException($"{_engine.SessionCount} sessions, {_engine.Lingering.Count} "
                    + $"connections, {_requests.Count(request => !request.Handled.IsCompleted)} requests and "
                    + $"{_sockets.Values.Count(socket => socket.Calls < 2)} untold ends are left.");
            }

            _time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        foreach (var request in _requests)
            await request.Handled;
        if (_engine.Counters.Keys.FirstOrDefault(key => key.StartsWith("failed.", StringComparison.Ordinal)) is { } failure)
            _wrong.Enqueue($"{failure} is counted");
        if (!_wrong.IsEmpty)
            throw new InvalidOperationException(string.Join("; ", _wrong));
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        foreach (var request in _requests)
            request.Dispose();
    }

    void IEngineHandler.Opened(EngineSocket socket)
    {
        if (!_sockets.TryAdd(socket.Id, (socket, 1)))
            _wrong.Enqueue("opened twice");
        lock (_sids)
            _sids.Add(socket.Id);
    }

    void IEngineHandler.Message(EngineSocket socket, ReadOnlyMemory<byte> message, bool isBinary)
    {
        if (!_sockets.TryGetValue(socket.Id, out var known) || known.Calls != 1)
            _wrong.Enqueue("a message before it was opened or after it was closed");
        if (message.Length > 2_000)
            _wrong.Enqueue("a message larger than it may be");
    }

    void IEngineHandler.Closed(EngineSocket socket, CloseReason reason)
    {
        if (!_sockets.TryGetValue(socket.Id, out var known) || !_sockets.TryUpdate(socket.Id, (socket, 2), known) || known.Calls != 1)
            _wrong.Enqueue("closed twice, or before it was opened");
    }

    ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

    void ILoggerFactory.AddProvider(ILoggerProvider provider)
    {
    }

    void IDisposable.Dispose()
    {
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error)
            _wrong.Enqueue($"{formatter(state, exception)} {exception}");
    }

    private void Begin(FuzzRequest request)
    {
        _requests.Add(request);
        request.Begin(_engine);
    }

    private string Sid()
    {
        lock (_sids)
            return _sids.Count == 0 || _random.Next(20) == 0 ? "AAAAAAAAAAAAAAAAAAAA" : _sids[_random.Next(Math.Max(0, _sids.Count - 6), _sids.Count)];
    }

    /// <summary>Complete, or a beginning that <see cref="SendOnAsync"/> goes on with.</summary>
    private PipeReader Body()
    {
        var pipe = new Pipe();
        var body = Encoding.UTF8.GetBytes(_random.Next(30) == 0 ? new string('4', 3_000) : Bodies[_random.Next(Bodies.Length)]);
        body.CopyTo(pipe.Writer.GetSpan(body.Length));
        pipe.Writer.Advance(body.Length);
        if (_random.Next(4) > 0)
            pipe.Writer.Complete(_random.Next(20) == 0 ? new IOException("cut") : null);
        else
            _ = pipe.Writer.FlushAsync().AsTask();
        return pipe.Reader;
    }

    private async Task SendOnAsync(FuzzRequest request)
    {
        if (request.Input is not { } input || request.IsOver)
            return;
        for (var count = _random.Next(1, 4); count > 0; count--)
        {
            var text = _random.Next(3) == 0 ? "2probe" : _random.Next(3) == 0 ? "5" : Bodies[_random.Next(Bodies.Length)];
            try
            {
                await input.WriteAsync(Differential.RawWebSocket.Frame(FirstBytes[_random.Next(FirstBytes.Length)], Encoding.UTF8.GetBytes(text)));
            }
            catch (InvalidOperationException) when (request.IsOver)
            {
                // The server has ended it meanwhile.
                return;
            }
        }

        if (_random.Next(6) == 0)
            request.EndInput();
    }

    private void ActAsServer()
    {
        if (!_sockets.TryGetValue(Sid(), out var known))
            return;
        if (_random.Next(6) == 0)
            known.Socket.Close(discard: _random.Next(2) == 0);
        else
            known.Socket.TrySend(EngineMessage.Text(Encoding.ASCII.GetBytes(new string('m', _random.Next(1, 300)))));
    }
}
