using System.Collections.Immutable;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Adapters;

internal sealed record SimulatedMessage(string Text, PacketBody? Body, BroadcastOptions Options, LogPlace Place, List<string> Lost, long From)
{
    /// <summary>How long ago its sender was as far as it tells; null for what tells nothing.</summary>
    public TimeSpan? Told { get; init; }
}

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

    public long Number { get; init; }

    /// <summary>When it joined.</summary>
    public long Since { get; init; }

    public SessionStore Store { get; }

    public Dictionary<SimulatedWorker, Queue<SimulatedMessage>> Links { get; } = [];

    public Queue<Queue<SimulatedMessage>> FromGone { get; } = [];

    /// <summary>True when it has sent something to others.</summary>
    public bool HasSent => Store.Announce(static (_, _) => { });

    /// <summary>Those that it has not heard yet how far they are.</summary>
    public HashSet<long> Unknown { get; } = [];

    public bool HasWaiting => Links.Values.Concat(FromGone).Any(static link => link.Count > 0);

    public List<SimulatedClient> Here => _here;

    /// <summary>Who keeps a copy of it.</summary>
    public SimulatedWorker? Keeper { get; set; }

    /// <summary>How far the copy is; it is told so later.</summary>
    public long Copied { get; set; }

    /// <summary>What it sent to its own clients only since the last copy.</summary>
    public List<string> Uncopied { get; } = [];

    public void Send(string text, PacketBody body, BroadcastOptions options, LogPlace place, Func<bool>? isLost)
    {
        foreach (var (to, link) in Links)
        {
            if (isLost?.Invoke() == true)
            {
                _lost.GetOrAdd(to).Add(text);
                continue;
            }

            link.Enqueue(new(text, body, options, place, _lost.GetOrAdd(to), Number));
            _lost.Remove(to);
        }
    }

    /// <summary>What was lost on its way to another worker, which does not know it yet.</summary>
    public IEnumerable<string> LostTo(SimulatedWorker other) => _lost.GetValueOrDefault(other) ?? [];

    public void Take(Queue<SimulatedMessage> link)
    {
        var message = link.Dequeue();
        var (_, body, options, place, lost, from) = message;
        foreach (var client in _here)
            client.MayMiss.AddRange(lost);
        if (message.Told is { } age)
        {
            // The counter of messages sees that there was one.
            if (lost.Count > 0)
                Store.NoteHole();
            Store.Hear(place, age, from);
            Unknown.Remove(from);
            foreach (var client in _here.Where(static client => client.Progress!.HasHole))
                client.IsLost = true;
        }
        else if (body is null)
            Store.NoteHole();
        else
            Store.Deliver(body, options, Deliver, place, from);
    }

    /// <summary>Tells another worker how far this one is, in the order of what it sends.</summary>
    public void Announce(SimulatedWorker to)
    {
        Store.Announce((place, age) => Links[to].Enqueue(new("", null, BroadcastOptions.All, place, _lost.GetOrAdd(to), Number) { Told = age }));
        _lost.Remove(to);
    }

    /// <summary>The last hello says how much there was: the others see that something is missing at the end.</summary>
    public void End()
    {
        foreach (var (to, lost) in _lost)
        {
            if (lost.Count > 0 && Links.TryGetValue(to, out var link))
                link.Enqueue(new("", null, BroadcastOptions.All, LogPlace.None, lost, Number));
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
                client.Arrive([body]);
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

    /// <summary>What it had seen when it came, and the position then.</summary>
    public (string? Offset, long Position) Entered { get; set; }

    public void Enter(SimulatedWorker worker, ClaimedSession? claim)
    {
        (Worker, Home, Progress) = (worker, worker, new SessionProgress(claim));
        Entered = (null, claim is null ? worker.Store.Last : 0);
        worker.Here.Add(this);
    }

    public void Arrive(IEnumerable<PacketBody> packets)
    {
        foreach (var body in packets)
        {
            var values = System.Text.Encoding.UTF8.GetString(body.Data.Span).Split('"');
            Assert.InRange(values[3].Length, 7, LogOffset.MostLength);
            _onTheWay.Enqueue((values[1], values[3]));
        }
    }

    /// <summary>Its session as it is copied while it is connected.</summary>
    public HandedSession? Copy() =>
        Worker!.Store.Connected(() => new SavedSession(id, Secret!, rooms, null, Entered.Offset) { Moved = Progress!.Moved }, Entered.Position);

    /// <summary>Its worker is killed.</summary>
    public void Lose()
    {
        _onTheWay.Clear();
        Worker = null;
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
