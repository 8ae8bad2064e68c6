using System.Globalization;
using System.Text;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>
/// Sequences that a seed decides. It keeps account of what each client is in, roughly, and leaves out what docs/decisions/0021 lists:
/// those differences have scenarios of their own.
/// </summary>
internal sealed class Generator(int seed)
{
    private static readonly string[] Namespaces = ["/", "/chat", "/dyn-7"];
    private static readonly string[] Names =
    [
        "echo", "echo", "echo", "ack", "twice", "join", "leave", "room", "toroom", "others", "all", "ask", "rooms", "large", "unknown"
    ];

    private static readonly string[] Wrong =
    [
        "9", "x", "", "2", "49", "4", "42[]", "42{}", "42[null]", "42[{}]", "40[1]", "40\"abc\"", "41[1]",
        "44{\"message\":\"x\"}", "44", "431{}", "43{}", "4599999999999-[\"echo\",{\"_placeholder\":true,\"num\":0}]", "45", "45-[\"x\"]", "45-1-[\"x\"]",
        "bin:0102", "42/nope,[\"x\"]",
        "42[\"echo\"", "42[\"echo\",]", "42[\"echo\",1]x", "42nonsense", "42[\"echo\",'1']", "42[\"echo\",01]", "4[\"echo\"]", "47", "4-1", "42/chat[\"echo\"]",
        "40/chat,{",
        "42[\"echo\",\"\t\"]", "42[\"echo\",NaN]", "42[\"echo\",+1]", "42[\"echo\",.5]", "42[\"echo\",\"\\x41\"]",
        "42[true]", "46[1]", "461-[{\"_placeholder\":true,\"num\":0}]",
    ];

    private static readonly string[][] WrongTogether =
    [
        ["451-[\"echo\",{\"_placeholder\":true,\"num\":0}]", "421[\"ack\"]"], ["451-[\"echo\",{\"_placeholder\":true,\"num\":1}]", "bin:01"],
        ["451-[\"echo\",{\"_placeholder\":true,\"num\":-1}]", "bin:01"], ["451-[\"echo\",{\"_placeholder\":true,\"num\":\"splice\"}]", "bin:01"],
        ["452-[\"echo\",{\"_placeholder\":true,\"num\":0}]", "bin:01", "451-[\"echo\",1]"],
    ];

    private static readonly string[] Odd =
    [
        "3", "6", "3x", "6x", "42[1,2]", "42[\"error\",1]", "42[\"\",1]", "43999[]", "43[]", "43999[1,2,3]", "42[\"message\"]", "42[\"echo\",\"a\\u0000b\"]",
        "42[\"echo\",{\"_placeholder\":true,\"num\":0}]",
        "40/nope,", "40/admin,", "40/admin,{\"token\":1}", "40/nope,{\"a\":[1,{\"b\":null}]}", "40/dyn-x,", "420[\"echo\"]", "42007[\"ack\",1]",
        "42[\"echo\",{\"__proto__\":1,\"constructor\":2}]",
        "42[\"echo\" , 1 , { \"a\" : [ ] } ]", "42[\"__proto__\"]", "42[\"echo\",\"\\/\\b\\f\\u00e9\"]", "42[\"echo\",-0]",
        "42[\"echo\",1E+2,0.1,1e-7,123456789012345680000]", "40/nope",
        "42[\"echo\",{\"a\":1,\"a\":2}]", "5", "0{}", "0",
    ];

    private static readonly string[] Frames =
    [
        "f 01 34325b2265", "f 89 01", "f 8a 01", "f 89 ", "f 8a ", "f 80 ",
    ];

    private static readonly (string Method, string Query)[] Requests =
    [
        ("GET", "transport=polling"), ("GET", "EIO=3&transport=polling"), ("GET", "EIO=5&transport=polling"), ("GET", "EIO=4&transport=abc"), ("GET", "EIO=4"),
        ("GET", "EIO=4&transport=__proto__"),
        ("GET", "EIO=4&transport=websocket"), ("POST", "EIO=4&transport=polling"), ("PUT", "EIO=4&transport=polling"), ("DELETE", "EIO=4&transport=polling"),
        ("GET", "EIO=4&transport=polling&sid=abc"), ("GET", "EIO=4&transport=polling&sid=__proto__"),
        ("POST", "EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA"),
        ("GET", "/socket.iox/?EIO=4&transport=polling"), ("GET", "EIO=4&EIO=3&transport=polling"),
        ("GET", "EIO=4&transport=polling&transport=websocket"), ("GET", "EIO=4&transport=webtransport"), ("GET", "EIO=4&transport=Polling"),
        ("GET", "eio=4&transport=polling"),
    ];

    // These end the session.
    private static readonly (string Body, string Headers)[] Bodies =
    [
        (new string('4', 1_100_000), ""), ("42[\"echo\"]", "Content-Type: application/octet-stream\r\n"), ("\u001e", ""), ("\u001e42[\"echo\"]", ""),
        ("1", ""), ("bAQID", ""), ("b", ""),
    ];

    private static readonly (string Query, string Headers, string Method)[] Dials =
    [
        ("EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA", "", "GET"), ("EIO=4&transport=websocket&sid=abc", "", "GET"),
        ("EIO=4&transport=websocket", "", "POST"),
        ("EIO=4&transport=abc", "", "GET"), ("EIO=4&transport=__proto__", "", "GET"), ("EIO=4&transport=websocket&sid=__proto__", "", "GET"),
    ];

    private readonly Random _random = new(seed);

    public Scenario Next()
    {
        var clients = Enumerable.Range(0, _random.Next(1, 4)).Select(i => new Model(i)).ToList();
        var steps = new List<Step>();
        for (var count = _random.Next(3, 14); count > 0; count--)
        {
            var client = clients[_random.Next(clients.Count)];
            steps.Add(client.IsOpen ? Act(client) : Open(client));
        }

        return new Scenario(steps);
    }

    private Step Open(Model client)
    {
        client.Open(isPolling: _random.Next(2) == 0);
        return new Step(client.Index, client.IsPolling ? "polling" : "websocket");
    }

    private Step Act(Model client)
    {
        switch (_random.Next(100))
        {
            case < 25 when client.Joined.Count < Namespaces.Length:
                return Connect(client);
            case < 62 when client.Joined.Count > 0:
                return Events(client);
            case < 67 when client.Joined.Count > 0:
                return Leave(client);
            case < 80:
                return new Step(client.Index, "send", OddFor(client));
            case < 84 when client.IsPolling:
                client.IsPolling = _random.Next(4) == 0;
                return new Step(client.Index, client.IsPolling ? "probe" : "upgrade");
            case < 85 when client.IsPolling:
                var (body, headers) = Bodies[_random.Next(Bodies.Length)];
                client.IsOpen = false;
                return new Step(client.Index, "http", "POST", "EIO=4&transport=polling&sid={sid}", headers, body);
            case < 87:
                return Request(client);
            case < 90 when !client.IsPolling:
                return Fragments(client);
            case < 96:
                client.IsOpen = false;
                return new Step(
                    client.Index, "send", _random.Next(4) == 0 ? WrongTogether[_random.Next(WrongTogether.Length)] : [Wrong[_random.Next(Wrong.Length)]]);
            default:
                return End(client);
        }
    }

    /// <summary>Nothing for a namespace that was left.</summary>
    private string OddFor(Model client)
    {
        var packet = Odd[_random.Next(Odd.Length)];
        return packet[0] == '4' && packet[1] is '2' or '3' && client.HasLeftMain ? "3" : packet;
    }

    private Step Connect(Model client)
    {
        var ns = Namespaces.Where(name => !client.Joined.Contains(name)).ElementAt(_random.Next(Namespaces.Length - client.Joined.Count));
        client.Joined.Add(ns);
        client.HasLeftMain &= ns != "/";
        var auth = _random.Next(3) switch { 0 => "", 1 => "{}", _ => "{\"token\":" + Value(0) + "}" };
        return new Step(client.Index, "send", ns == "/" ? "40" + auth : $"40{ns},{auth}");
    }

    private Step Leave(Model client)
    {
        var ns = client.Joined[_random.Next(client.Joined.Count)];
        client.Joined.Remove(ns);
        client.HasLeftMain |= ns == "/";
        return new Step(client.Index, "send", _random.Next(3) switch { 0 => $"42{Prefix(ns)}[\"bye\"]", _ => ns == "/" ? "41" : $"41{ns}," });
    }

    private Step End(Model client)
    {
        client.IsOpen = false;
        return _random.Next(4) switch
        {
            0 when client.Joined.Count > 0 => new Step(client.Index, "send", $"42{Prefix(client.Joined[0])}[\"byeall\"]"),
            1 when client.IsPolling => new Step(client.Index, "send", "1"),
            2 when !client.IsPolling => new Step(client.Index, "close", _random.Next(3) switch { 0 => "", 1 => "03e8", _ => "0fa0627965" }),
            _ => Open(client),
        };
    }

    private Step Request(Model client)
    {
        if (_random.Next(2) == 0)
        {
            var (method, query) = Requests[_random.Next(Requests.Length)];
            return new Step(client.Index, "http", method, query);
        }

        var dial = Dials[_random.Next(Dials.Length)];
        return new Step(client.Index, "dial", dial.Query, dial.Headers, dial.Method);
    }

    private Step Fragments(Model client)
    {
        var frame = Frames[_random.Next(Frames.Length)].Split(' ');
        client.IsOpen = frame[1] is "89" or "8a";
        return new Step(client.Index, "frame", frame[1], frame[2]);
    }

    private Step Events(Model client)
    {
        var packets = new List<string>();
        for (var count = _random.Next(5) == 0 ? _random.Next(2, 6) : 1; count > 0 && !packets.Exists(IsAnswer); count--)
            AddEvent(client, packets);
        return new Step(client.Index, "send", [.. packets]);
    }

    // What waits for an answer goes on beside the packets behind it here, and before them there: in one body nobody promises an order.
    private static bool IsAnswer(string packet) => packet.StartsWith("43", StringComparison.Ordinal);

    private void AddEvent(Model client, List<string> packets)
    {
        var ns = Prefix(client.Joined[_random.Next(client.Joined.Count)]);
        if (_random.Next(12) == 0)
        {
            packets.Add($"43{ns}{{ack}}[{Value(0)}]");
            return;
        }

        var name = Names[_random.Next(Names.Length)];
        var id = _random.Next(2) == 0 ? _random.Next(100).ToString(CultureInfo.InvariantCulture) : "";
        var arguments = new List<string> { $"\"{name}\"" };
        if (name is "join" or "leave" or "room" or "toroom")
            arguments.Add($"\"r{_random.Next(3)}\"");
        var binaries = _random.Next(6) == 0 ? _random.Next(1, 4) : 0;
        for (var count = _random.Next(4); count > 0; count--)
            arguments.Add(Value(0));
        for (var i = 0; i < binaries; i++)
            arguments.Add(_random.Next(2) == 0 ? $"{{\"_placeholder\":true,\"num\":{i}}}" : $"{{\"b\":[{{\"num\":{i},\"_placeholder\":true}}]}}");
        packets.Add(binaries == 0 ? $"42{ns}{id}[{string.Join(',', arguments)}]" : $"45{binaries}-{ns}{id}[{string.Join(',', arguments)}]");
        for (var i = 0; i < binaries; i++)
            packets.Add("bin:" + Convert.ToHexString(Bytes()));
    }

    private byte[] Bytes()
    {
        var bytes = new byte[_random.Next(20)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private string Value(int depth) => _random.Next(depth > 3 ? 6 : 8) switch
    {
        0 => "null",
        1 => _random.Next(2) == 0 ? "true" : "false",
        2 => _random.Next(-1_000, 1_000_000).ToString(CultureInfo.InvariantCulture),
        3 => (_random.NextDouble() * Math.Pow(10, _random.Next(-9, 22))).ToString("R", CultureInfo.InvariantCulture),
        4 or 5 => Text(),
        6 => "[" + string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth + 1))) + "]",
        _ => "{" + string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(i => $"\"{(char)('a' + i)}\":" + Value(depth + 1))) + "}",
    };

    private string Text()
    {
        var text = new StringBuilder("\"");
        for (var count = _random.Next(8); count > 0; count--)
        {
            text.Append(_random.Next(8) switch
            {
                0 => "é",
                1 => "😀",
                2 => "\\n",
                3 => "\\\"",
                4 => "\\u20ac",
                5 => "\u2028",
                _ => "abc01yz"[_random.Next(7)],
            });
        }

        return text.Append('"').ToString();
    }

    private static string Prefix(string ns) => ns == "/" ? "" : ns + ",";

    private sealed class Model(int index)
    {
        public int Index => index;

        public bool IsOpen { get; set; }

        public bool IsPolling { get; set; }

        public bool HasLeftMain { get; set; }

        public List<string> Joined { get; } = [];

        public void Open(bool isPolling)
        {
            (IsOpen, IsPolling, HasLeftMain) = (true, isPolling, false);
            Joined.Clear();
        }
    }
}
