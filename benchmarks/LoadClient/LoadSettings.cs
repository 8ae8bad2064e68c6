using System.Globalization;
using System.Net;

namespace LoadClient;

/// <summary>The command line: a scenario and its options; benchmarks/README.md lists them.</summary>
internal sealed class LoadSettings
{
    private readonly Dictionary<string, string> _values = [];
    private readonly List<Uri> _urls = [];

    internal LoadSettings(string[] args)
    {
        Scenario = args.FirstOrDefault() ?? throw new ArgumentException("The scenario is missing.");
        for (var i = 1; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                throw new ArgumentException($"'{args[i]}' is not an option.");
            var name = args[i][2..];
            var value = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal) ? args[++i] : "1";
            if (name == "url")
                _urls.Add(new Uri(value));
            else
                _values[name] = value;
        }
        Servers = [.. _urls.DefaultIfEmpty(new Uri("http://127.0.0.1:3100")).Select(Address)];
    }

    internal string Scenario { get; }

    internal IPEndPoint[] Servers { get; }

    /// <summary>The address that the clients come from; null for the system's choice.</summary>
    internal IPAddress? Source => Text("source", "") is { Length: > 0 } text ? IPAddress.Parse(text) : null;

    internal int[] Processes =>
        [.. Text("pid", "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture))];

    internal string Label => Text("label", "");

    internal int Clients => Number("clients", 200);

    internal int Payload => Number("payload", 64);

    internal bool IsBinary => Number("binary", 0) != 0;

    internal int Window => Number("window", 4);

    internal double Rate => Number("rate", 0);

    internal int Rooms => Number("rooms", 500);

    /// <summary>Rooms that exist beside those the scenario uses, shared out among the clients.</summary>
    internal int OtherRooms => Number("other-rooms", 0);

    /// <summary>Small rooms of two beside a large crowd.</summary>
    internal int PairRooms => Number("pair-rooms", 0);

    internal int Emitters => Number("emitters", 1);

    internal int Concurrency => Number("concurrency", 32);

    internal int Nap => Number("nap", 0);

    internal int Warmup => Number("warmup", 2);

    internal int Duration => Number("duration", 5);

    internal int ConnectSeconds => Number("connect-timeout", 3000) / 1000;

    /// <summary>Workers of the server; 0 when only those that serve a client are known of.</summary>
    internal int Nodes => Number("nodes", 0);

    internal int[] Steps => [.. Text("steps", "1000,5000,10000").Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];

    internal double Settle(int milliseconds) => Number("settle", milliseconds) / 1000.0;

    private string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    private int Number(string name, int otherwise) =>
        !_values.TryGetValue(name, out var text) ? otherwise
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number
        : throw new ArgumentException($"--{name} wants a number, not '{text}'.");

    private static IPEndPoint Address(Uri url)
    {
        var address = Dns.GetHostAddresses(url.Host).FirstOrDefault(address => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork);
        return new IPEndPoint(address ?? throw new ArgumentException($"'{url.Host}' has no IPv4 address."), url.Port);
    }
}
