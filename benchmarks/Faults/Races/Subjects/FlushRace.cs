using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>Several threads send over one connection that takes its time, and one closes it or the connection breaks.</summary>
internal static class FlushRace
{
    private const int Senders = 3;
    private const int Each = 3;

    public static async Task RunAsync(Race race)
    {
        var bench = new EngineRace(race);
        var transport = new SlowTransport(race, breaksAt: race.Random.Next(3) == 0 ? race.Random.Next(4) : int.MaxValue);
        var session = bench.Open(transport);
        var accepted = new List<string>[Senders];
        var closes = race.Random.Next(3);
        for (var i = 0; i < Senders; i++)
        {
            var (mine, sender) = (accepted[i] = [], i);
            race.Start($"sender {i}", () =>
            {
                for (var j = 0; j < Each; j++)
                {
                    if (session.TrySend(EngineRace.Message($"{sender}{j}")))
                        mine.Add($"{sender}{j}");
                }
            });
        }

        if (closes > 0)
            race.Start("closer", () => session.Close(discard: closes == 2));
        await race.IdleAsync();

        foreach (var mine in accepted)
        {
            var got = transport.Written.Where(text => mine.Contains(text)).ToList();
            race.Check(got.SequenceEqual(mine.Take(got.Count)), $"{string.Join(' ', mine)} was sent, {string.Join(' ', got)} left");
            race.Check(got.Count == mine.Count || closes == 2 || transport.IsBroken, $"of {mine.Count} messages {got.Count} left");
        }

        race.Equal(accepted.Sum(mine => mine.Count(transport.Written.Contains)), transport.Written.Count, "messages that left");
        race.Equal(closes > 0 || transport.IsBroken, bench.Closed == 1, "its end is told");
        if (bench.Closed == 0)
        {
            race.Check(session.IsWritable, "it is not writable although nothing waits");
            session.Close();
            await race.IdleAsync();
        }

        await bench.EndAsync();
    }

    /// <summary>Each write ends later, beside everything else.</summary>
    private sealed class SlowTransport(Race race, int breaksAt) : IEngineTransport
    {
        private int _writes;
        private bool _isWriting;

        public List<string> Written { get; } = [];

        public bool IsBroken => _writes > breaksAt;

        public string Name => TransportNames.WebSocket;

        public bool IsReady => true;

        public bool TryTake(List<OutboundPacket> batch) => false;

        public async ValueTask<bool> WriteAsync(List<OutboundPacket> batch)
        {
            race.Check(!_isWriting, "two writes at once");
            _isWriting = true;
            var packets = batch.ToArray();
            var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            race.Start("write", written.SetResult);
            await written.Task;
            race.Check(batch.SequenceEqual(packets), "a batch changes while it is written");
            _isWriting = false;
            if (_writes++ >= breaksAt)
                return false;
            Written.AddRange(packets.Select(packet => Encoding.ASCII.GetString(packet.Message.Payload.Span)[1..]));
            return true;
        }
    }
}
