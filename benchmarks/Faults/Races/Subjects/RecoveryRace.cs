using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A client leaves and comes back, twice at once, while its namespace and another one are sent to, and what is old or too much is let go.</summary>
internal static class RecoveryRace
{
    private const int Each = 3;
    private const string Secret = "secret";
    private static readonly JsonPacketParser Parser = new();

    public static async Task RunAsync(Race race)
    {
        var isTight = race.Random.Next(3) == 0;
        var options = isTight ? new SessionStoreOptions { MaxBytes = 2_500 } : new();
        using var stores = new SessionStores(options, Parser, race.Time, guard: new Guard(race));
        var (store, other) = (stores.Create(), stores.Create());
        var client = new Client();
        Send(store, client, "first", sends: false);
        for (var i = 0; i < 2; i++)
        {
            var (sender, sends) = (i, race.Random.Next(2) == 0);
            race.Start($"sender {i}", () =>
            {
                for (var j = 0; j < Each; j++)
                    Send(store, client, $"{sender}{j}", sends);
            });
        }

        race.Start("sender to another namespace", () =>
        {
            for (var j = 0; j < Each; j++)
                Send(other, null, "other", sends: false);
        });
        race.Start("client", () =>
        {
            store.Leave(() =>
            {
                client.IsHere = false;
                client.Left = true;
                return (new SavedSession("sid", Secret, ["sid"], null, client.Last), null);
            });
            Return(race, store, client);
        });
        race.Start("the same client", () => Return(race, store, client));
        if (race.Random.Next(2) == 0)
            race.Start("clock", () => race.Time.Advance(options.MaxDisconnection / 4));
        await race.IdleAsync();

        if (!isTight && client.Left)
            Return(race, store, client);
        race.Check(client.Returns <= 1, "two have the session");
        if (client.IsHere && client.Returns > 0)
            race.Check(client.Names.SequenceEqual(client.Log), $"{string.Join(' ', client.Log)} was sent, {string.Join(' ', client.Names)} came");
        race.Check(isTight || client.Returns == 1, "nobody has the session");
        race.Equal((store.SessionCount + other.SessionCount, store.Bytes + other.Bytes), stores.Size, "what is kept");
        race.Check(stores.Size.Bytes <= options.MaxBytes, $"{stores.Size.Bytes} bytes are kept");
        stores.Suspend(store);
        stores.Suspend(other);
        race.Equal((0, 0L), stores.Size, "what is kept at the end");
        race.Equal(0L, stores.SessionBytes, "bytes of sessions at the end");
    }

    private static void Send(SessionStore store, Client? client, string name, bool sends)
    {
        var body = new PacketBody(JsonSerializer.SerializeToUtf8Bytes<string[]>([name]));
        if (sends)
            store.Deliver(body, BroadcastOptions.All, Deliver, static _ => { });
        else
            store.Deliver(body, BroadcastOptions.All, Deliver);

        void Deliver(PacketBody body, BroadcastOptions options) => client?.Take(name, options.Offset!);
    }

    private static void Return(Race race, SessionStore store, Client client)
    {
        var last = client.Last;
        if (store.Claim(Secret, last) is not { } claim)
            return;
        race.Check(client.Left, "it is claimed before it has left");
        store.Enter(claim, missed =>
        {
            client.Returns++;
            if (missed is null)
                return;
            client.Return(last, missed);
        });
    }

    private sealed class Client
    {
        private readonly List<(string Name, string Offset)> _got = [];

        public bool IsHere { get; set; } = true;

        public bool Left { get; set; }

        public int Returns { get; set; }

        public string? Last { get; private set; }

        public List<string> Log { get; } = [];

        public IEnumerable<string> Names => _got.Select(packet => packet.Name);

        public void Take(string name, string offset)
        {
            Log.Add(name);
            if (!IsHere)
                return;
            _got.Add((name, offset));
            if (!Left)
                Last = offset;
        }

        /// <summary>What it had got behind the packet that it shows was lost on the way.</summary>
        public void Return(string? last, IReadOnlyList<MissedPacket> missed)
        {
            var seen = _got.FindIndex(packet => packet.Offset == last) + 1;
            _got.RemoveRange(seen, _got.Count - seen);
            _got.AddRange(missed.Select(packet => (JsonSerializer.Deserialize<string[]>(packet.Body.Data.Span)![0], packet.Offset)));
            IsHere = true;
        }
    }
}
