using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>A client that can say what the official one never would. What came is in <see cref="Take"/>, in order.</summary>
internal sealed class RawClient(Uri server, HttpClient http, int number, Variant variant) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<string> _seen = [];
    private readonly List<string> _answers = [];
    private readonly string _tag = $"&c={number}";
    private RawWebSocket? _socket;
    private Task _reading = Task.CompletedTask;
    private TaskCompletionSource? _pong;
    private TaskCompletionSource _probed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _opened = [];
    private CancellationTokenSource _polls = new();
    private string _sid = "none";
    private string _ack = "0";
    private string _pid = "none";
    private string _offset = "none";
    private TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isPolling;
    private volatile bool _stopsPolling;

    /// <summary>What came since it was asked last.</summary>
    public List<string> Take()
    {
        lock (_gate)
        {
            List<string> seen = [.. _answers, .. _seen];
            _answers.Clear();
            _seen.Clear();
            return seen;
        }
    }

    public int SeenCount
    {
        get
        {
            lock (_gate)
                return _seen.Count + _answers.Count;
        }
    }

    public Task DoAsync(Step step) => step.Verb switch
    {
        "websocket" => OpenWebSocketAsync(Arg(step, 0), Arg(step, 1)),
        "polling" => OpenPollingAsync(Arg(step, 0), Arg(step, 1)),
        "upgrade" => UpgradeAsync(isFinished: true, isLate: Arg(step, 0) == "late"),
        "probe" => UpgradeAsync(isFinished: false, isLate: Arg(step, 0) == "cut"),
        "send" => SendAsync([.. step.Args.Select(FillIn)]),
        "frame" => _socket?.SendAsync(RawWebSocket.Frame(Convert.ToByte(step.Args[0], 16), Convert.FromHexString(step.Args[1]))) ?? Task.CompletedTask,
        "bytes" => _socket?.SendAsync(Convert.FromHexString(step.Args[0])) ?? Task.CompletedTask,
        "http" => RequestAsync(step.Args[0], step.Args[1], Arg(step, 2), Arg(step, 3)),
        "dial" => DialAsync(step.Args[0], step.Args[1], Arg(step, 2)),
        "close" => _socket?.SendAsync(RawWebSocket.Frame(0x88, Convert.FromHexString(Arg(step, 0)))) ?? Task.CompletedTask,
        "cut" => CutAsync(),
        _ => throw new InvalidOperationException($"Nobody knows how to {step.Verb}."),
    };

    /// <summary>Asks the server, over the connection that it has, whether it has come so far.</summary>
    public async Task RoundTripAsync()
    {
        if (_socket is not null && !_reading.IsCompleted)
        {
            var pong = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _pong = pong;
            await _socket.SendAsync(RawWebSocket.Frame(0x89, [1]));
            await Task.WhenAny(pong.Task, _reading).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        }
        else if (_isPolling)
        {
            await PostAsync("6"u8.ToArray());
        }
    }

    /// <summary>Leaves nothing behind.</summary>
    public async Task EndAsync()
    {
        await CutAsync();
        foreach (var sid in _opened)
            await AskAsync("POST", $"EIO=4&transport=polling&sid={sid}", "", "1"u8.ToArray());
        _opened.Clear();
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _polls.Dispose();
    }

    private static string Arg(Step step, int index) => index < step.Args.Length ? step.Args[index] : "";

    private string FillIn(string packet) => packet.Replace("{ack}", _ack, StringComparison.Ordinal)
        .Replace("{pid}", _pid, StringComparison.Ordinal).Replace("{offset}", _offset, StringComparison.Ordinal);

    private void Note(string what)
    {
        lock (_gate)
            _seen.Add(what);
    }

    /// <summary>An answer on a connection of its own: whether it comes before or after what a poll brings is chance.</summary>
    private void NoteAnswer(string what)
    {
        lock (_gate)
            _answers.Add(what);
    }

    private async Task OpenWebSocketAsync(string query, string headers)
    {
        await CutAsync();
        (_isPolling, _sid) = (false, "none");
        await DialAsync("EIO=4&transport=websocket" + query, headers);
    }

    /// <summary>Any upgrade request; frames that follow an accepted one are read.</summary>
    private async Task DialAsync(string query, string headers, string method = "")
    {
        var plain = headers.StartsWith("only:", StringComparison.Ordinal) ? headers[5..] : null;
        var (socket, status, body) = await RawWebSocket.UpgradeAsync(
            server, query.Replace("{sid}", _sid, StringComparison.Ordinal) + _tag, plain is null ? headers : "", method.Length == 0 ? "GET" : method, plain);
        Note($"upgrade {status} {NoteOpen(body)}");
        if (status != "101")
        {
            socket.Dispose();
            return;
        }

        _socket?.Dispose();
        _socket = socket;
        _reading = ReadAsync(socket);
    }

    private async Task OpenPollingAsync(string query, string headers)
    {
        await CutAsync();
        _stopsPolling = false;
        var (status, body) = await AskAsync("GET", "EIO=4&transport=polling" + query, headers, null);
        Note($"handshake {status} {NoteOpen(body)}");
        if (status != 200)
            return;
        _isPolling = true;
        _reading = PollAsync(_sid);
    }

    private string NoteOpen(string body)
    {
        if (!body.StartsWith("0{", StringComparison.Ordinal))
            return WireText.Canonical(body);
        var packets = body.Split('\u001e');
        using var open = JsonDocument.Parse(packets[0].AsMemory(1));
        _sid = open.RootElement.GetProperty("sid").GetString()!;
        _opened.Add(_sid);
        return string.Join(' ', packets.Select(packet => WireText.Of(packet, out _)));
    }

    private async Task ReadAsync(RawWebSocket socket)
    {
        while (await socket.ReadFrameAsync() is { } frame)
        {
            if (frame.First == 0x8A)
            {
                _pong?.TrySetResult();
                continue;
            }

            if (frame.First == 0x88)
            {
                Note("close "
                    + (frame.Payload.Length < 2 ? "without code" : BinaryPrimitives.ReadUInt16BigEndian(frame.Payload).ToString(CultureInfo.InvariantCulture)));
                await socket.SendAsync(RawWebSocket.Frame(0x88, frame.Payload));
                continue;
            }

            await TakeInAsync(Text(frame.First, frame.Payload));
        }

        if (ReferenceEquals(socket, _socket))
            Note("cut");
        socket.Dispose();
    }

    private string Text(byte first, byte[] payload)
    {
        if ((first & 0x40) != 0 && WireText.Inflated(payload) is { } inflated)
            payload = inflated;
        if ((first & 0xF) != 2)
            return Encoding.UTF8.GetString(payload);
        return variant == Variant.Msgpack ? WireText.OfMessagePack(payload) : "bin:" + Convert.ToHexStringLower(payload);
    }

    private async Task PollAsync(string sid)
    {
        var ct = _polls.Token;
        while (_isPolling && !_stopsPolling && sid == _sid)
        {
            var (status, body) = await AskAsync("GET", $"EIO=4&transport=polling&sid={sid}", "", null, ct);
            if (ct.IsCancellationRequested)
                return;
            if (status != 200)
            {
                Note($"poll {status} {WireText.Canonical(body)}");
                _isPolling = false;
                return;
            }

            foreach (var packet in body.Split('\u001e'))
                await TakeInAsync(packet);
        }
    }

    private async Task TakeInAsync(string packet)
    {
        switch (packet)
        {
            case "2":
                await SendAsync(["3"]);
                return;
            case "6":
                _released.TrySetResult();
                return;
            case "3probe":
                Note(packet);
                _probed.TrySetResult();
                return;
            case "1":
                _isPolling = false;
                break;
            case ['0', '{', ..]:
                Note(NoteOpen(packet));
                return;
        }

        var (pid, offset) = variant == Variant.Recovery ? WireText.TakeRecovery(ref packet) : default;
        (_pid, _offset) = (pid ?? _pid, offset ?? _offset);
        Note(WireText.Of(packet, out var ack));
        _ack = ack ?? _ack;
    }

    private async Task UpgradeAsync(bool isFinished, bool isLate = false)
    {
        if (!_isPolling)
            return;
        _probed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var polling = _reading;
        _stopsPolling = isFinished && !isLate;
        await DialAsync("EIO=4&transport=websocket&sid={sid}", "");
        if (_socket is null)
            return;
        await _socket.SendAsync(RawWebSocket.Frame(0x81, "2probe"u8.ToArray()));
        await Task.WhenAny(_probed.Task, _reading).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        if (!isFinished)
        {
            // Goes on polling, as a client that has thought better of it or lost the WebSocket.
            var (candidate, end) = (_socket, _reading);
            (_socket, _reading) = (null, polling);
            if (isLate)
                candidate.Cut();
            else
                await candidate.SendAsync(RawWebSocket.Frame(0x88, [0x03, 0xE8]));
            await end.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
            return;
        }

        await (isLate ? _released.Task : polling).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        if (isLate)
            await Task.Delay(TimeSpan.FromMilliseconds(8), TimeProvider.System); // the next poll is on its way, and there by then
        await _socket.SendAsync(RawWebSocket.Frame(0x81, "5"u8.ToArray()));
        if (isLate)
            await polling.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        _isPolling = false;
    }

    /// <summary>Packets in one go: frames in one write, or one body. <c>bin:0102</c> is binary, <c>txt:34ff</c> text of these bytes.</summary>
    private async Task SendAsync(string[] packets)
    {
        if (_isPolling && !_stopsPolling)
        {
            await PostAsync([.. packets.SelectMany((packet, i) => (byte[])[.. i == 0 ? ""u8 : "\u001e"u8, .. Body(packet)])]);
            return;
        }

        if (_socket is not null)
            await _socket.SendAsync([
                .. packets.SelectMany(packet => RawWebSocket.Frame((byte)(packet.StartsWith("bin:", StringComparison.Ordinal) ? 0x82 : 0x81), Payload(packet))),
            ]);

        static byte[] Body(string packet) => packet.StartsWith("bin:", StringComparison.Ordinal)
            ? Encoding.ASCII.GetBytes("b" + Convert.ToBase64String(Convert.FromHexString(packet[4..])))
            : Payload(packet);
    }

    private static byte[] Payload(string packet) => packet switch
    {
        ['b', 'i', 'n', ':', ..] or ['t', 'x', 't', ':', ..] => Convert.FromHexString(packet[4..]),
        _ => Encoding.UTF8.GetBytes(packet),
    };

    private async Task PostAsync(byte[] body)
    {
        var (status, answer) = await AskAsync("POST", $"EIO=4&transport=polling&sid={_sid}", "", body);
        if ((status, answer) != (200, "ok"))
            NoteAnswer($"post {status} {WireText.Canonical(answer)}");
    }

    private async Task RequestAsync(string method, string query, string headers, string body)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
        var (status, answer) = await AskAsync(
            method, query.Replace("{sid}", _sid, StringComparison.Ordinal), headers, body.Length == 0 ? null : Payload(body), deadline.Token);
        if (answer.StartsWith("0{", StringComparison.Ordinal))
            _opened.Add(JsonDocument.Parse(answer.AsMemory(1)).RootElement.GetProperty("sid").GetString()!);
        NoteAnswer($"{method} {status} {(answer.StartsWith("0{", StringComparison.Ordinal) ? WireText.Of(answer, out _) : WireText.Canonical(answer))}");
    }

    private async Task<(int Status, string Body)> AskAsync(string method, string query, string headers, byte[]? body, CancellationToken ct = default)
    {
        var path = query.StartsWith('/') ? query : $"/socket.io/?{query}{_tag}";
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server, path));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = headers.Contains("octet-stream", StringComparison.Ordinal)
                ? new("application/octet-stream")
                : new MediaTypeHeaderValue("text/plain", "UTF-8");
        }

        foreach (var header in headers.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
            request.Headers.TryAddWithoutValidation(header.Split(':')[0], header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
        try
        {
            using var answer = await http.SendAsync(request, ct);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(ct));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return (0, "");
        }
    }

    private async Task CutAsync()
    {
        var socket = _socket;
        (_socket, _isPolling) = (null, false);
        socket?.Cut();
        await _polls.CancelAsync();
        _polls.Dispose();
        _polls = new();
        await _reading.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }
}
