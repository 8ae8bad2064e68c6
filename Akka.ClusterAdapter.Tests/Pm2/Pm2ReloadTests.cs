using System.Globalization;
using Akka.ClusterAdapter.Tests.Primary;
using Akka.ClusterAdapter.Tests.SeedNodes;
using Xunit.Abstractions;

namespace Akka.ClusterAdapter.Tests.Pm2;

/// <summary>Stock pm2 reloads workers under a crowd of official clients.</summary>
[Collection(CrowdLane.Name)]
public sealed class Pm2ReloadTests(ITestOutputHelper output)
{
    private const string Ecosystem = "examples/Pm2/ecosystem.config.js";
    private const string Worker = "chat-worker";

    [Fact]
    public async Task A_reload_of_two_workers_under_load_loses_nothing()
    {
        var ports = FreePorts.Take(3);
        await using var pm2 = new Pm2Home(new Dictionary<string, string>
        {
            ["CHAT_PROGRAM"] = NodeProcess.Program,
            ["CHAT_LISTEN"] = $"127.0.0.1:{Text(ports[0])}",
            ["CHAT_SEED_1"] = Text(ports[1]),
            ["CHAT_SEED_2"] = Text(ports[2]),
        });
        await pm2.RunAsync("start", Ecosystem);
        var before = await WorkersAsync(pm2);
        await using var crowd = await Crowd.GatherAsync("chat", $"http://127.0.0.1:{Text(ports[0])}", clients: 300, broadcastsPerSecond: 200);

        await pm2.RunAsync("reload", Worker);
        var verdict = await crowd.NothingIsLostAsync();
        var after = await WorkersAsync(pm2);

        output.WriteLine($"{verdict}");
        Assert.Equal((2, 2), (before.Count, after.Count));
        Assert.Empty(before.Select(app => app.Pid).Intersect(after.Select(app => app.Pid)));
        // The old ones have ended by themselves, with code 0.
        Assert.All(after, app => Assert.Equal(("online", 1, 0), (app.Status, app.Restarts, app.ExitCode)));
    }

    private static async Task<IReadOnlyList<Pm2App>> WorkersAsync(Pm2Home pm2) => [.. (await pm2.ListAsync()).Where(app => app.Name == Worker)];

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
