namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>Clients come to one namespace of a pattern and leave it, so that it is made and ends all the time, while the server sends to it.</summary>
internal static class DynamicRace
{
    private const int Clients = 3;
    private const string Name = "/made";

    public static async Task RunAsync(Race race)
    {
        var bench = new ServerRace(race);
        bench.Server.Of(new System.Text.RegularExpressions.Regex("^/made$")).OnConnection(bench.Watch);
        var clients = Enumerable.Range(0, Clients).Select(_ => bench.Connect()).ToArray();
        for (var i = 0; i < Clients; i++)
        {
            var (client, stays) = (clients[i], race.Random.Next(2) == 0);
            race.Start($"client {i}", () =>
            {
                client.Say($"0{Name},");
                client.Say($"1{Name},");
                if (stays)
                    client.Say($"0{Name},{{\"again\":1}}");
            });
        }

        if (race.Random.Next(2) == 0)
            race.Start("end", () => clients[0].Session.Close(discard: true));
        race.Start("server", async () =>
        {
            if (bench.Server.Namespaces.FirstOrDefault(ns => ns.Name == Name) is { } ns)
                await ns.EmitAsync("news");
        });
        await race.IdleAsync();
        race.Time.Advance(TimeSpan.FromSeconds(1));
        await race.IdleAsync();

        var present = bench.Server.Namespaces.Where(ns => ns.Name == Name).ToArray();
        var there = bench.Connected.Count - bench.Disconnected.Count;
        race.Check(present.Length <= 1, "two namespaces of one name");
        race.Equal(there, present.Sum(ns => ns.Sockets.Count), "sockets that are there");
        race.Equal(there > 0, present.Length == 1, "it is there");
        foreach (var client in clients)
            client.Session.Close(discard: true);
        await race.IdleAsync();
        race.Check(bench.Server.Namespaces.All(ns => ns.Name != Name), "it is there although nobody is");
        await bench.EndAsync();
    }
}
