using Akka.ClusterAdapter.Faults.Soak.Nodes;

namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>What a client does by itself.</summary>
internal enum Act
{
    Say,
    Echo,
    Count,
    Data,
    Join,
    Leave,
    Drop,
    Goodbye,
}

/// <summary>The habits of one client, drawn from the seed and its number.</summary>
internal sealed class ClientScript
{
    private const double MeanLife = 40;

    private static readonly Act[] Acts = [Act.Say, Act.Echo, Act.Count, Act.Data, Act.Join, Act.Leave, Act.Say, Act.Echo];

    private readonly Random _random;
    private readonly IReadOnlyList<string> _urls;
    private readonly bool _isPacked;
    private readonly string _namespace;

    /// <param name="seed">Of the run.</param>
    /// <param name="number">Of the client.</param>
    /// <param name="urls">Where it may come in.</param>
    public ClientScript(int seed, int number, IReadOnlyList<string> urls)
    {
        _random = new Random(unchecked((seed * 1_000_003) + number));
        _urls = urls;
        (_isPacked, _namespace) = (number % 4 == 3, number % 4 == 2 ? WorkerNode.Second : "/");
        Name = $"client {number}";
        Scope = (_isPacked ? NodeProgram.Packed : "") + _namespace;
        Rooms = [Nodes.Rooms.All, Nodes.Rooms.Home(number)];
    }

    public string Name { get; }

    /// <summary>Server and namespace.</summary>
    public string Scope { get; }

    /// <summary>Everybody's room and its own.</summary>
    public string[] Rooms { get; }

    public string NextUrl() => _urls[_random.Next(_urls.Count)] + (_isPacked ? $"/{NodeProgram.Packed}/" : "/socket.io/");

    public Way NextWay() => (Way)_random.Next(3);

    public PacketCodec NewCodec() => _isPacked ? new PackedCodec(_namespace) : new PacketCodec.Json(_namespace);

    public TimeSpan NextPause(bool isCalm) =>
        TimeSpan.FromMilliseconds(isCalm ? 200 + _random.Next(300) : 100 + _random.Next(_random.Next(8) == 0 ? 8_000 : 1_500));

    public TimeSpan NextAction() => TimeSpan.FromMilliseconds(1_000 + _random.Next(4_000));

    public int NextSize() => 1 + _random.Next(_random.Next(20) == 0 ? 60_000 : 500);

    public string NextRoom() => $"other{_random.Next(50)}";

    public bool NextReset() => _random.Next(2) == 0;

    /// <summary>What comes next; some three seconds pass between two.</summary>
    public Act Next(bool isCalm)
    {
        if (!isCalm && _random.NextDouble() < 3 / MeanLife)
            return _random.Next(3) == 0 ? Act.Goodbye : Act.Drop;
        return Acts[_random.Next(Acts.Length)];
    }
}
