using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A client that has lost its connection comes back over two others at once, while the server still has the first one, ends it, and sends.</summary>
internal static class ReturnRace
{
    private const int Events = 4;

    public static async Task RunAsync(Race race)
    {
        var bench = new ServerRace(race, new SocketIOOptions { ConnectionStateRecovery = new() });
        var first = bench.Connect();
        first.Say("0");
        await race.PassAsync(TimeSpan.FromSeconds(1));
        await bench.Server.EmitAsync("event", "0");
        await race.PassAsync(TimeSpan.FromSeconds(1));
        var (secret, offset) = (Field(first.Got[0], "pid"), OffsetOf(first.Got[^1]));
        var returns = new[] { bench.Connect(), bench.Connect() };
        race.Start("server", async () =>
        {
            for (var i = 1; i < Events; i++)
                await bench.Server.EmitAsync("event", $"{i}");
        });
        foreach (var client in returns)
            race.Start("return", () => client.Say($"0{{\"pid\":\"{secret}\",\"offset\":\"{offset}\"}}"));
        if (race.Random.Next(2) == 0)
            race.Start("end", () => first.Session.Close(discard: true));
        await race.IdleAsync();
        await race.PassAsync(TimeSpan.FromSeconds(30));

        var recovered = returns.Where(client => client.Got.Exists(packet => IsConnect(packet) && Field(packet, "pid") == secret)).ToList();
        race.Check(recovered.Count >= 1, "nobody has the session");
        var here = bench.Server.Sockets.Sockets.Values.ToArray();
        race.Equal(here.Length, here.Select(socket => socket.Id).Distinct().Count(), "sockets of different ids");
        foreach (var client in recovered.Where(client => client.Session.IsOpen))
        {
            var events = client.Got.Where(IsEvent).Select(packet => JsonDocument.Parse(packet[2..]).RootElement[1].GetString());
            race.Check(events.SequenceEqual(Enumerable.Range(1, Events - 1).Select(i => $"{i}")), $"{string.Join(' ', client.Got)} came");
        }

        race.Check(recovered.Count(client => client.Session.IsOpen) <= 1, "two have the session");
        foreach (var client in returns.Append(first))
            client.Session.Close(discard: true);
        await race.PassAsync(TimeSpan.FromMinutes(3));
        await bench.EndAsync();
    }

    private static bool IsConnect(string packet) => packet.StartsWith("40{", StringComparison.Ordinal);

    private static bool IsEvent(string packet) => packet.StartsWith("42", StringComparison.Ordinal);

    private static string? Field(string packet, string name) => JsonDocument.Parse(packet[2..]).RootElement.GetProperty(name).GetString();

    private static string? OffsetOf(string packet) => JsonDocument.Parse(packet[2..]).RootElement.EnumerateArray().Last().GetString();
}
