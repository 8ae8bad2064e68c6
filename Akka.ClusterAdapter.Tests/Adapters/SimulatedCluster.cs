using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>Three workers and five clients, driven by a seed.</summary>
internal sealed partial class SimulatedCluster
{
    private static readonly string[] Names = ["red", "green", "blue"];
    private readonly Random _random;
    private readonly FakeTimeProvider _time = new();
    private readonly List<SimulatedWorker> _workers = [];
    private readonly List<SimulatedClient> _clients = [];
    private readonly List<string> _history = [];
    private readonly List<(SimulatedWorker From, SimulatedWorker To)> _silent = [];
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

    /// <summary>Workers keep copies of each other, and are killed.</summary>
    public bool Crashes { get; init; }

    /// <summary>Workers get what was sent before they joined from others, at any time and in parts.</summary>
    public bool Fetches { get; init; }

    /// <summary>A client takes a while from its session into its rooms, and may go again before it is there.</summary>
    public bool Waits { get; init; }

    /// <summary>A worker that joins takes clients before it has heard how far the others are.</summary>
    public bool HearsLate { get; init; }

    public int Fetched { get; private set; }

    public int Killed { get; private set; }

    public int Recovered { get; private set; }

    public int Anew { get; private set; }

    public void Run(int steps)
    {
        foreach (var client in _clients)
            Connect(client, Any());
        for (var i = 0; i < steps; i++)
            Step();
        TellAll();
        _workers.ForEach(static worker => worker.End());
        while (_workers.Any(worker => worker.HasWaiting))
            Pump();
        foreach (var client in _clients)
        {
            if (client.Worker is null)
                Connect(client, Any(), isLast: true);
            client.Read(int.MaxValue);
            if (!client.IsLost)
                Check(client);
        }
    }

    private void Step()
    {
        if (Crashes && _random.Next(3) == 0)
            Copy(Any());
        if (Fetches && _random.Next(12) == 0)
            Fetch(Any());
        if (_silent.Count > 0 && _random.Next(4) == 0)
            Tell(_silent[_random.Next(_silent.Count)]);
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
                if (Crashes && _random.Next(3) > 0)
                    Kill();
                else
                    Replace();
                break;
        }
    }

    private SimulatedWorker Any() => _workers[_random.Next(_workers.Count)];

    private void Start()
    {
        while (IsPrompt && _workers.Any(static worker => worker.HasWaiting))
            Pump();
        // Nobody is let into a cluster before all that are there agree on who is; what was on its way from one who has left has come by then, or never will.
        _workers.ForEach(static worker => worker.TakeFromGone());
        // Logs that begin in the same moment cannot be told apart by their age.
        _time.Advance(TimeSpan.FromSeconds(20));
        var worker = new SimulatedWorker($"w{_started++}", _time) { Number = _started, Since = _time.GetTimestamp() };
        worker.Store.HaveAllTold = _ => worker.Unknown.Count == 0;
        foreach (var other in _workers)
        {
            other.Links[worker] = new();
            worker.Links[other] = new();
            if (HearsLate)
                Silence(other, worker);
            else
                other.Announce(worker);
            // It takes no clients before it has heard that.
            if (other.Links[worker].Count > 0)
                worker.Take(other.Links[worker]);
        }

        _workers.Add(worker);
    }

    /// <summary>A worker tells another one, which has joined, how far it is.</summary>
    private void Tell((SimulatedWorker From, SimulatedWorker To) silent)
    {
        _silent.Remove(silent);
        // Who has sent nothing has nothing to tell: it is heard from its first message on.
        if (!_workers.Contains(silent.From) || !silent.From.HasSent)
            silent.To.Unknown.Remove(silent.From.Number);
        if (_workers.Contains(silent.From) && _workers.Contains(silent.To))
            silent.From.Announce(silent.To);
    }

    private void Silence(SimulatedWorker from, SimulatedWorker to)
    {
        _silent.Add((from, to));
        to.Unknown.Add(from.Number);
    }

    private void TellAll()
    {
        while (_silent.Count > 0)
            Tell(_silent[0]);
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
        going.Keeper?.Store.Copies.Drop(going.Name);
        _workers.Remove(going);
        foreach (var other in _workers)
        {
            other.Links.Remove(going);
            other.Unknown.Remove(going.Number);
            other.Store.End(going.Number);
            other.FromGone.Enqueue(going.Links[other]);
        }

        going.TakeFromGone();
        var (sessions, trails) = going.Store.TakeAll();
        foreach (var (i, session) in sessions.Index())
        {
            // To one that was there when its client left, if there is one.
            var to = IsPrompt ? _workers[0] : _workers[i % _workers.Count];
            foreach (var trail in trails)
                to.Store.Accept(SimulatedWire.Cross(trail));
            var kept = to.Store.Accept([SimulatedWire.Cross(session)]);
            Assert.True(Crashes || kept == 1);
        }

        if (_workers.Count < 3)
            Start();
    }

    /// <summary>A worker gets what was sent before it joined; meanwhile other messages come.</summary>
    private void Fetch(SimulatedWorker worker)
    {
        var other = _workers.First(other => other != worker);
        var (lacks, next, packets, taken) = (worker.Store.Lacks, 0L, new List<FetchedPacket>(), 0);
        do
        {
            var page = SimulatedWire.Cross(other.Store.Page(next, lacks, _time.GetElapsedTime(worker.Since), _random.Next(2) == 0 ? 20 : 10_000));
            packets.AddRange(page.Packets);
            next = page.Next;
            if (_random.Next(3) == 0)
                Pump();
            if (next > 0 && _random.Next(2) == 0)
                continue;
            taken += worker.Store.Fetch(packets, worker.Store.Log);
            packets.Clear();
        }
        while (next > 0);

        Fetched += taken;
        _history.Add($"{worker.Name} has fetched {taken} from {other.Name}");
    }

    /// <summary>What has changed goes to the worker that keeps the copy; that it has arrived is known later. False when there is more.</summary>
    private bool Copy(SimulatedWorker from)
    {
        if (from.Keeper is null || !_workers.Contains(from.Keeper))
        {
            from.Keeper = _workers.First(worker => worker != from);
            from.Store.BeginCopying();
            from.Copied = 0;
        }

        if (from.Copied > 0)
            from.Store.Acknowledge(from.Copied);
        var log = from.Store.TakeCopied(_random.Next(2) == 0 ? 3 : 1_000)!;
        var away = _clients.Where(client => client.Worker is null && client.Secret is not null).Select(client => client.Secret!).ToList();
        var sessions = log.IsLast
            ? from.Here.Select(static client => client.Copy()).Concat(away.Select(from.Store.Peek)).OfType<HandedSession>().ToArray()
            : [];
        var gone = log.IsLast
            ? _clients.Select(static client => client.Secret).OfType<string>().Except(sessions.Select(static each => each.Session.PrivateId)).ToArray()
            : [];
        var message = SimulatedWire.Cross(new CopySessions("/", 1, TimeSpan.FromSeconds(1), log, [.. sessions], [.. gone]));
        Assert.True(from.Keeper.Store.Copies.Take(from.Name, message.Log!, message.Sessions, message.Gone));
        from.Copied = log.Last;
        if (log.IsLast)
            from.Uncopied.Clear();
        return log.IsLast;
    }

    /// <summary>The keeper knows from now on that a session is not there any more.</summary>
    private void CopyAll(SimulatedWorker from)
    {
        while (from.Keeper is not null && !Copy(from))
        {
        }
    }

    /// <summary>A worker is killed: the end of what it sent comes to nobody, and its clients come back to others.</summary>
    private void Kill()
    {
        var killed = Any();
        Killed++;
        _history.Add($"{killed.Name} is killed, its copy is with {killed.Keeper?.Name}");
        Start();
        var lost = new List<string>(killed.Uncopied);
        _workers.Remove(killed);
        foreach (var client in killed.Here.ToList())
        {
            client.Read(_random.Next(3));
            client.Lose();
        }

        foreach (var other in _workers)
        {
            other.Links.Remove(killed);
            other.Unknown.Remove(killed.Number);
            other.Store.End(killed.Number);
            var link = killed.Links[other].ToList();
            var arrives = link.Take(_random.Next(link.Count + 1)).ToList();
            // And what was lost before, of which only the next that arrives would have told.
            lost.AddRange(link.Skip(arrives.Count).SelectMany(static message => message.Lost.Append(message.Text)));
            lost.AddRange(killed.LostTo(other));
            other.FromGone.Enqueue(new(arrives));
        }

        foreach (var client in _clients)
            client.MayMiss.AddRange(lost);
        killed.Keeper?.Store.Copies.Adopt(killed.Name);
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
            from.Uncopied.Add(text);
        if (isLocal)
            from.Store.Deliver(body, options, from.Deliver);
        else
            from.Store.Deliver(
                body, options, from.Deliver, place => from.Send(text, body, options, place, Losses == 0 ? null : () => _random.Next(Losses) == 0));
    }

    private void Pump()
    {
        var receiver = Any();
        var links = _workers.Where(other => other != receiver).Select(other => other.Links[receiver])
            .Concat(receiver.FromGone).Where(link => link.Count > 0).ToList();
        if (links.Count == 0)
            return;
        receiver.Take(links[_random.Next(links.Count)]);
    }
}
