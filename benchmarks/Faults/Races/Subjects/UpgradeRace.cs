using System.IO.Pipelines;
using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A session changes from polling to a WebSocket while messages are sent, its poll waits, and perhaps its end comes.</summary>
internal static class UpgradeRace
{
    private const int Messages = 4;

    public static async Task RunAsync(Race race)
    {
        var bench = new EngineRace(race);
        var session = bench.OpenPolling();
        var (sent, polled, upgraded) = (new List<string>(), new List<string>(), 0);
        session.Upgraded += _ => upgraded++;
        using var output = new MemoryStream();
        var socket = new WebSocketTransport(bench.Engine, Stream.Null, PipeWriter.Create(output), new HttpRequestLifetimeFeature(), null);
        var end = race.Random.Next(6);
        race.Start("sender", () =>
        {
            for (var i = 0; i < Messages; i++)
            {
                if (session.TrySend(EngineRace.Message($"{i}")))
                    sent.Add($"4{i}");
            }
        });
        race.Start("client's polls", () => PollAsync(bench.Engine, session, polled));
        race.Start("client's WebSocket", () => UpgradeAsync(session, socket, end));
        if (end == 0)
            race.Start("closer", () => session.Close());
        if (end == 1)
            race.Start("a second WebSocket", () => Compete(race, bench.Engine, session));
        await race.IdleAsync();
        for (var beat = 0; beat < 3; beat++)
        {
            race.Time.Advance(TimeSpan.FromMilliseconds(150));
            await race.IdleAsync();
        }

        var framed = Frames(output.ToArray()).ToList();
        var got = polled.Concat(framed).Where(packet => packet[0] == '4').ToList();
        race.Check(got.Distinct().Count() == got.Count, "a message came twice");
        if (end > 1)
        {
            race.Check(session.IsOpen && ReferenceEquals(session.Context.Transport, socket), "it is not a WebSocket");
            race.Check(got.SequenceEqual(sent), $"{string.Join(' ', sent)} was sent; {string.Join(' ', polled)} and {string.Join(' ', framed)} came");
            race.Equal(Messages, sent.Count, "messages that were taken");
        }

        race.Check(upgraded <= 1, "it was upgraded twice");
        session.Close(discard: true);
        await race.PassAsync(TimeSpan.FromMinutes(3));
        await bench.EndAsync();
    }

    private static async Task UpgradeAsync(EngineSocket session, WebSocketTransport socket, int end)
    {
        if (!session.Upgrade!.TryReserve())
            return;
        var hasBegun = session.Upgrade.TryBegin(socket);
        session.Upgrade.EndReservation();
        if (!hasBegun)
            return;
        await session.Inbound.ReceiveFrameAsync(socket, "2probe"u8.ToArray(), isBinary: false);
        if (end == 2)
            await session.Inbound.ReceiveFrameAsync(socket, "2probe"u8.ToArray(), isBinary: false);
        await session.Inbound.ReceiveFrameAsync(socket, "5"u8.ToArray(), isBinary: false);
        await session.Inbound.ReceiveFrameAsync(socket, "4up"u8.ToArray(), isBinary: false);
        if (end == 1)
            session.TransportEnded(socket, CloseReason.TransportClose, null);
    }

    private static void Compete(Race race, EngineServer engine, EngineSocket session)
    {
        if (!session.Upgrade!.TryReserve())
            return;
        var other = new WebSocketTransport(engine, Stream.Null, PipeWriter.Create(Stream.Null), new HttpRequestLifetimeFeature(), null);
        if (session.Upgrade.TryBegin(other))
            session.TransportEnded(other, CloseReason.TransportClose, null);
        session.Upgrade.EndReservation();
        race.Check(!ReferenceEquals(session.Context.Transport, other), "a WebSocket that said nothing is the transport");
    }

    // As official clients do: until its answer ends it.
    private static async Task PollAsync(EngineServer engine, EngineSocket session, List<string> got)
    {
        for (var goesOn = true; goesOn;)
        {
            var poll = RaceRequest.Poll(session);
            await poll.RunAsync(engine);
            got.AddRange(poll.Packets.Where(packet => poll.Status == 200));
            goesOn = poll is { Status: 200, Packets.Length: > 0 } && !poll.Packets.Contains("1")
                && ReferenceEquals(session.Context.Transport, session.Polling!.Transport);
        }
    }

    private static IEnumerable<string> Frames(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; at += 2 + bytes[at + 1])
        {
            if (bytes[at] == 0x81)
                yield return Encoding.ASCII.GetString(bytes, at + 2, bytes[at + 1]);
        }
    }
}
