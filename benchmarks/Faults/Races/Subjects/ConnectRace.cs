using System.Text.Json;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>
/// A client asks for one namespace again and again, and perhaps leaves it, while middlewares decide, the server sends it away, or its connection ends.
/// </summary>
internal static class ConnectRace
{
    private const int Connects = 3;

    public static async Task RunAsync(Race race)
    {
        var bench = new ServerRace(race);
        bench.Server.Use(async (_, next) =>
        {
            if (race.Random.Next(2) == 0)
                await Task.Yield();
            await next();
        });
        var client = bench.Connect();
        var leavesAt = race.Random.Next(3) == 0 ? race.Random.Next(Connects) : -1;
        var last = race.Random.Next(2) == 0 ? "{\"n\":1}" : $"{{\"n\":{Connects - 1}}}";
        race.Start("client", () =>
        {
            for (var i = 0; i < Connects; i++)
            {
                client.Say("0" + (i == Connects - 1 ? last : $"{{\"n\":{i}}}"));
                if (i == leavesAt)
                    client.Say("1");
            }
        });
        var (isSentAway, ends) = (race.Random.Next(3) == 0, race.Random.Next(3) == 0);
        if (isSentAway)
        {
            race.Start("server", async () =>
            {
                foreach (var socket in bench.Server.Sockets.Sockets.Values)
                    await socket.DisconnectAsync();
            });
        }

        if (ends)
            race.Start("end", () => client.Session.Close(discard: race.Random.Next(2) == 0));
        await race.IdleAsync();

        // What follows a CONNECT at once waits a moment.
        race.Time.Advance(TimeSpan.FromSeconds(1));
        await race.IdleAsync();
        var sockets = bench.Server.Sockets.Sockets.Values.ToArray();
        race.Equal(bench.Connected.Count - bench.Disconnected.Count, sockets.Length, "sockets that are there");
        race.Check(sockets.Length <= 1, "two sockets of one connection");
        if (!ends && !isSentAway && leavesAt != Connects - 1)
        {
            race.Equal(1, sockets.Length, "sockets");
            race.Equal(last, sockets.FirstOrDefault()?.Handshake.Auth.GetRawText(), "what the client showed last");
        }

        var told = client.Got.FindLast(packet => packet.StartsWith("40{", StringComparison.Ordinal));
        if (!ends && sockets is [var socket])
            race.Check(IdOf(told) == socket.Id, $"it is {socket.Id}: {string.Join(' ', client.Got)}");
        if (!ends && !isSentAway && leavesAt == Connects - 1)
            race.Equal(0, sockets.Length, "sockets of a client that has left");
        client.Session.Close(discard: true);
        await race.IdleAsync();
        await bench.EndAsync();
    }

    private static string? IdOf(string? packet) => packet is null ? null : JsonDocument.Parse(packet[2..]).RootElement.GetProperty("sid").GetString();
}
