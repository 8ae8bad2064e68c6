using System.Collections.Immutable;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>
/// Workers, links that are slow, and clients that lose their connection in the middle and come back anywhere, without processes: many histories in a
/// second. Whoever is told that it was recovered must have had everything once, in the order of each sender.
/// </summary>
public class MovingSessionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whoever_is_recovered_has_everything_once_and_in_order(int block)
    {
        var (recovered, anew) = (0, 0);
        for (var seed = block * 100; seed < (block + 1) * 100; seed++)
        {
            var cluster = new SimulatedCluster(seed);
            cluster.Run(steps: 250);
            recovered += cluster.Recovered;
            anew += cluster.Anew;
        }

        Assert.True(recovered > anew, $"{recovered} recovered, {anew} not");
    }

    [Fact]
    public void Without_events_for_one_worker_only_nine_of_ten_are_recovered_however_often_workers_go()
    {
        var outcomes = new Dictionary<string, int>();
        var anew = 0;
        for (var seed = 5_000; seed < 5_200; seed++)
        {
            var cluster = new SimulatedCluster(seed) { HasLocal = false, IsPrompt = true };
            cluster.Run(steps: 250);
            anew += cluster.Anew;
            foreach (var (name, count) in cluster.Outcomes)
                outcomes[name] = outcomes.GetValueOrDefault(name) + count;
        }

        // The others were away while all workers that knew what they missed were replaced, or their worker was far behind.
        Assert.True(anew * 10 < outcomes["found"], string.Join(", ", outcomes));
    }

    [Fact]
    public void A_message_that_is_lost_between_workers_is_no_silent_hole()
    {
        var anew = 0;
        for (var seed = 9_000; seed < 9_200; seed++)
        {
            var cluster = new SimulatedCluster(seed) { Losses = 20 };
            cluster.Run(steps: 250);
            anew += cluster.Anew;
        }

        Assert.NotEqual(0, anew);
    }
}

internal sealed class SimulatedCluster
{
    private static readonly string[] Names = ["red", "green", "blue"];
    private readonly Random _random;
    private readonly FakeTimeProvider _time = new();
    private readonly List<SimulatedWorker> _workers = [];
    private readonly List<SimulatedClient> _clients = [];
    private readonly List<string> _history = [];
    private readonly int _seed;
    private int _sent;
    private int _started;

    public SimulatedCluster(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        for (var i = 0; i < 3; i++)
            Start();
        for (var i = 0; i < 5; i++)
        {
            var rooms = Names.Where(_ => _random.Next(2) == 0).ToArray();
            _clients.Add(new SimulatedClient($"c{i}", [$"c{i}", .. rooms]));
        }
    }

    public bool HasLocal { get; init; } = true;

    /// <summary>A worker that joins takes longer than a message; otherwise a message may take as long as it likes.</summary>
    public bool IsPrompt { get; init; }

    /// <summary>One in so many messages is lost; 0 for none.</summary>
    public int Losses { get; init; }

    public int Recovered { get; private set; }

    public int Anew { get; private set; }

    public void Run(int steps)
    {
        foreach (var client in _clients)
            Connect(client, Any());
        for (var i = 0; i < steps; i++)
            Step();
        _workers.ForEach(static worker => worker.End());
        while (_workers.Any(worker => worker.HasWaiting))
            Pump();
        foreach (var client in _clients)
        {
            if (client.Worker is null)
                Connect(client, Any());
            client.Read(int.MaxValue);
            if (!client.IsLost)
                Check(client);
        }
    }

    private void Step()
    {
        var client = _clients[_random.Next(_clients.Count)];
        switch (_random.Next(20))
        {
            case < 7:
                Broadcast(Any());
                break;
            case < 12:
                Pump();
                break;
            case < 14:
                client.Read(_random.Next(4));
                break;
            case < 16 when client.Worker is not null:
                if (_random.Next(2) == 0)
                    client.Read(int.MaxValue);
                _history.Add($"{client.Id} leaves {client.Worker.Name}");
                client.Leave();
                break;
            case < 19 when client.Worker is null:
                Connect(client, Any());
                break;
            case 19 when _random.Next(4) == 0:
                Replace();
                break;
        }
    }

    private SimulatedWorker Any() => _workers[_random.Next(_workers.Count)];

    private void Start()
    {
        while (IsPrompt && _workers.Any(static worker => worker.HasWaiting))
            Pump();
        // Logs that begin in the same moment cannot be told apart by their age.
        _time.Advance(TimeSpan.FromSeconds(20));
        var worker = new SimulatedWorker($"w{_started++}", _time);
        foreach (var other in _workers)
        {
            other.Links[worker] = new();
            worker.Links[other] = new();
            // It takes no clients before it has heard this.
            other.Store.Announce(worker.Store.Hear);
        }

        _workers.Add(worker);
    }

    /// <summary>A worker goes and another one comes; what it had sent still arrives.</summary>
    private void Replace()
    {
        var going = Any();
        _history.Add($"{going.Name} goes");
        if (_random.Next(2) == 0)
            Start();
        foreach (var client in _clients.Where(client => client.Worker == going))
        {
            if (_random.Next(3) > 0)
                client.Read(int.MaxValue);
            client.Leave();
        }

        going.End();
        _workers.Remove(going);
        foreach (var other in _workers)
        {
            other.Links.Remove(going);
            other.FromGone.Enqueue(going.Links[other]);
        }

        going.TakeFromGone();
        var (sessions, trails) = going.Store.TakeAll();
        foreach (var (i, session) in sessions.Index())
        {
            // To one that was there when its client left, if there is one.
            var to = IsPrompt ? _workers[0] : _workers[i % _workers.Count];
            foreach (var trail in trails)
                to.Store.Accept(Cross(trail));
            Assert.Equal(1, to.Store.Accept([Cross(session)]));
        }

        if (_workers.Count < 3)
            Start();
    }

    private void Broadcast(SimulatedWorker from)
    {
        var options = _random.Next(4) switch
        {
            0 => BroadcastOptions.All,
            1 => new BroadcastOptions { Rooms = [Names[_random.Next(3)]] },
            2 => new BroadcastOptions { Rooms = ["red", "blue"], Except = [$"c{_random.Next(5)}"] },
            _ => new BroadcastOptions { Rooms = [$"c{_random.Next(5)}"] },
        };
        var isLocal = HasLocal && _random.Next(12) == 0;
        var text = $"{from.Name}:{++_sent}";
        _history.Add($"{text} to {string.Join(',', options.Rooms)} {(isLocal ? "here only" : "")}");
        foreach (var client in _clients.Where(client => client.IsFor(options) && (!isLocal || (client.Worker ?? client.Home) == from)))
            client.Expected.Add(text);
        var body = new PacketBody(System.Text.Encoding.UTF8.GetBytes($"[\"{text}\"]"));
        if (isLocal)
            from.Store.Deliver(body, options, from.Deliver);
        else
            from.Store.Deliver(body, options, from.Deliver, place => from.Send(text, body, options, place, Losses == 0 ? null : () => _random.Next(Losses) == 0));
    }

    private void Pump()
    {
        var receiver = Any();
        var links = _workers.Where(other => other != receiver).Select(other => other.Links[receiver]).Concat(receiver.FromGone).Where(link => link.Count > 0).ToList();
        if (links.Count == 0)
            return;
        receiver.Take(links[_random.Next(links.Count)]);
    }

    private void Connect(SimulatedClient client, SimulatedWorker at)
    {
        var claim = client.Secret is null ? null : Claim(client, at);
        var isFirst = client.Secret is null;
        IReadOnlyList<MissedPacket>? missed = null;
        if (claim is not null)
        {
            at.Store.Enter(claim, found =>
            {
                missed = found;
                if (found is null)
                    return;
                client.Enter(at, claim);
                client.Progress!.Enter(claim, found, at.Store);
            });
        }

        _history.Add($"{client.Id} at {at.Name} {(missed is null ? isFirst ? "first" : "anew" : $"recovered with {missed.Count}")} after {client.Offset}");
        if (missed is not null)
        {
            Recovered++;
            client.Arrive(missed.Select(packet => (packet.Body, packet.Offset)));
            if (IsPrompt)
                client.Read(int.MaxValue);
            return;
        }

        if (!isFirst)
        {
            Anew++;
            client.BeginAnew();
        }

        client.Began = _sent;
        client.Secret = Guid.NewGuid().ToString("N");
        client.Enter(at, null);
    }

    public Dictionary<string, int> Outcomes { get; } = [];

    private ClaimedSession? Claim(SimulatedClient client, SimulatedWorker at)
    {
        var claim = Claim(client, at, out var outcome);
        var name = claim is null ? $"{outcome}" : "found";
        if (claim is null)
            _history.Add($"   {client.Id} at {at.Name} from {client.Home?.Name}: {outcome}, seen {client.Offset}");
        Outcomes[name] = Outcomes.GetValueOrDefault(name) + 1;
        return claim;
    }

    private ClaimedSession? Claim(SimulatedClient client, SimulatedWorker at, out ClaimOutcome outcome)
    {
        if (at.Store.Claim(client.Secret!, client.Offset, out _, out outcome) is { } own)
            return own;
        if (outcome != ClaimOutcome.Unknown)
            return null;
        foreach (var other in _workers.Where(other => other != at))
        {
            other.TakeFromGone();
            if (other.Store.Give(client.Secret!, client.Offset, out outcome) is { } given)
                return at.Store.Receive(Cross(given), client.Offset);
            if (outcome != ClaimOutcome.Unknown)
                return null;
        }

        return null;
    }

    private void Check(SimulatedClient client)
    {
        var got = client.Received;
        var story = $"seed {_seed}, {client.Id} in {string.Join(',', client.Rooms)}:\nexpected {string.Join(' ', client.Expected)}\ngot      {string.Join(' ', got)}\n{string.Join('\n', _history)}";
        Assert.True(got.Count == got.Distinct().Count(), $"Twice: {story}");
        // What was on its way to the worker when the session began may have come, or not.
        Assert.True(client.Expected.Except(client.MayMiss).Order().SequenceEqual(got.Where(text => int.Parse(text.Split(':')[1]) > client.Began).Except(client.MayMiss).Order()), $"Not all: {story}");
        foreach (var sender in got.Select(static (text, i) => (Text: text.Split(':'), i)).GroupBy(static each => each.Text[0]))
            Assert.True(sender.Select(static each => int.Parse(each.Text[1])).IsOrdered(), $"Order of {sender.Key}: {story}");
    }

    // Everything that crosses is written and read.
    private static GivenSession Cross(GivenSession given)
    {
        var message = new SessionClaimed(1, 1, given, ClaimOutcome.Recovered);
        return ((SessionClaimed)PeerMessageSerializer.Read(message.Encode(), message.Manifest)).Given!;
    }

    private static HandedSession Cross(HandedSession handed)
    {
        var message = new KeepSessions("/", 1, TimeSpan.FromSeconds(1), [handed]);
        return ((KeepSessions)PeerMessageSerializer.Read(message.Encode(), message.Manifest)).Sessions[0];
    }

    private static LogTrail Cross(LogTrail trail)
    {
        var message = new KeepTrail("/", 1, TimeSpan.FromSeconds(1), trail.Epoch, trail.First, trail.Before, true, trail.Places.ToArray());
        var read = (KeepTrail)PeerMessageSerializer.Read(message.Encode(), message.Manifest);
        return new LogTrail(read.Epoch, read.First, read.Before, read.Places);
    }
}

internal sealed record SimulatedMessage(PacketBody? Body, BroadcastOptions Options, LogPlace Place, List<string> Lost);

internal sealed class SimulatedWorker
{
    private readonly List<SimulatedClient> _here = [];
    private readonly Dictionary<SimulatedWorker, List<string>> _lost = [];

    public SimulatedWorker(string name, TimeProvider time)
    {
        Name = name;
        Store = new SessionStores(new SessionStoreOptions { MaxDisconnection = TimeSpan.FromHours(20) }, new JsonPacketParser(), time).Create();
    }

    public string Name { get; }

    public SessionStore Store { get; }

    public Dictionary<SimulatedWorker, Queue<SimulatedMessage>> Links { get; } = [];

    public Queue<Queue<SimulatedMessage>> FromGone { get; } = [];

    public bool HasWaiting => Links.Values.Concat(FromGone).Any(static link => link.Count > 0);

    public List<SimulatedClient> Here => _here;

    public void Send(string text, PacketBody body, BroadcastOptions options, LogPlace place, Func<bool>? isLost)
    {
        foreach (var (to, link) in Links)
        {
            if (isLost?.Invoke() == true)
            {
                _lost.GetOrAdd(to).Add(text);
                continue;
            }

            link.Enqueue(new(body, options, place, _lost.GetOrAdd(to)));
            _lost.Remove(to);
        }
    }

    public void Take(Queue<SimulatedMessage> link)
    {
        var (body, options, place, lost) = link.Dequeue();
        foreach (var client in _here)
            client.MayMiss.AddRange(lost);
        if (body is null)
            Store.NoteHole();
        else
            Store.Deliver(body, options, Deliver, place);
    }

    /// <summary>The last hello says how much there was: the others see that something is missing at the end.</summary>
    public void End()
    {
        foreach (var (to, lost) in _lost)
        {
            if (lost.Count > 0 && Links.TryGetValue(to, out var link))
                link.Enqueue(new(null, BroadcastOptions.All, LogPlace.None, lost));
        }

        _lost.Clear();
    }

    /// <summary>When a worker has left, all that it sent is with those who have a look at their sessions.</summary>
    public void TakeFromGone()
    {
        while (FromGone.FirstOrDefault(static link => link.Count > 0) is { } link)
            Take(link);
    }

    public void Deliver(PacketBody body, BroadcastOptions options)
    {
        foreach (var client in _here.Where(client => client.IsFor(options)).ToList())
        {
            if (client.Progress!.Takes(options.Offset!, options.Place))
                client.Arrive([(body, options.Offset!)]);
            else if (client.Progress.HasHole)
                client.IsLost = true;
        }
    }
}

internal sealed class SimulatedClient(string id, ImmutableArray<string> rooms)
{
    private readonly Queue<(string Text, string Offset)> _onTheWay = [];

    public string Id => id;

    public ImmutableArray<string> Rooms => rooms;

    public string? Secret { get; set; }

    /// <summary>The last that was sent before its session began.</summary>
    public int Began { get; set; }

    public string? Offset { get; private set; }

    public SimulatedWorker? Worker { get; private set; }

    /// <summary>Where it was last.</summary>
    public SimulatedWorker? Home { get; private set; }

    public SessionProgress? Progress { get; private set; }

    /// <summary>A hole was seen: its connection ends and its session with it.</summary>
    public bool IsLost { get; set; }

    public List<string> Expected { get; } = [];

    /// <summary>What was lost on its way to the worker that it was connected to.</summary>
    public List<string> MayMiss { get; } = [];

    public List<string> Received { get; } = [];

    public bool IsFor(BroadcastOptions options) =>
        (options.Rooms.IsEmpty || options.Rooms.Any(room => rooms.Contains(room))) && !options.Except.Any(room => rooms.Contains(room));

    public void Enter(SimulatedWorker worker, ClaimedSession? claim)
    {
        (Worker, Home, Progress) = (worker, worker, new SessionProgress(claim));
        worker.Here.Add(this);
    }

    public void Arrive(IEnumerable<(PacketBody Body, string Offset)> packets)
    {
        foreach (var (body, offset) in packets)
            _onTheWay.Enqueue((System.Text.Encoding.UTF8.GetString(body.Data.Span).Split('"')[1], offset));
    }

    public void Read(int most)
    {
        for (; most > 0 && _onTheWay.TryDequeue(out var packet); most--)
        {
            Received.Add(packet.Text);
            Offset = packet.Offset;
        }
    }

    /// <summary>What is on the way is lost.</summary>
    public void Leave()
    {
        // Who has had nothing at all has no offset, and begins anew.
        if (Offset is null)
            Read(1);
        _onTheWay.Clear();
        Worker!.Store.Leave(() =>
        {
            Worker.Here.Remove(this);
            return (IsLost ? null : new SavedSession(id, Secret!, rooms, null, Progress!.LastOffset) { Moved = Progress.Moved }, null);
        });
        Worker = null;
    }

    public void BeginAnew()
    {
        Expected.Clear();
        MayMiss.Clear();
        Received.Clear();
        (Offset, IsLost) = (null, false);
    }
}

internal static class Order
{
    public static List<string> GetOrAdd(this Dictionary<SimulatedWorker, List<string>> lost, SimulatedWorker to) =>
        lost.TryGetValue(to, out var found) ? found : lost[to] = [];

    public static bool IsOrdered(this IEnumerable<int> numbers) => numbers.Zip(numbers.Skip(1)).All(static pair => pair.First < pair.Second);
}
