using System.Globalization;
using Akka.ClusterAdapter.Tests.Primary;
using Akka.ClusterAdapter.Tests.SeedNodes;
using Xunit.Abstractions;

namespace Akka.ClusterAdapter.Tests.Pm2;

/// <summary>Stock pm2 with real processes and official clients.</summary>
[Collection(CrowdLane.Name)]
public sealed class Pm2ExampleTests(ITestOutputHelper output)
{
    private const string Ecosystem = "examples/Pm2/ecosystem.config.js";
    private const string Worker = "chat-worker";
    private const string Primary = "chat-primary";

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

    [Fact]
    public async Task A_primary_is_ready_when_its_workers_are_and_replaces_them_on_SIGHUP()
    {
        var port = Text(FreePorts.Take(1)[0]);
        await using var pm2 = new Pm2Home();
        using var http = new HttpClient();

        // Without its word pm2 would wait for so many milliseconds, which is longer than this test does.
        await pm2.RunAsync(
            "start", ClusterExample.Program, "--name", Primary, "--interpreter", "none", "--wait-ready",
            "--listen-timeout", "600000", "--kill-timeout", "30000", "--", "--workers", "2", "--port", port);

        // A worker listens only when it is ready.
        using var page = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/"));
        Assert.True(page.IsSuccessStatusCode);
        Assert.Equal(2, ClusterExample.ReadyWorkers(await pm2.LogAsync(Primary, "Ctrl+C stops")).Length);
        await pm2.RunAsync("sendSignal", "SIGHUP", Primary);
        await pm2.LogAsync(Primary, "reload: all 2 workers were replaced");
        await pm2.RunAsync("stop", Primary);
        Assert.Equal(("stopped", 0), (await pm2.ListAsync()).Select(app => (app.Status, app.ExitCode)).Single());
    }

    private static async Task<IReadOnlyList<Pm2App>> WorkersAsync(Pm2Home pm2) => [.. (await pm2.ListAsync()).Where(app => app.Name == Worker)];

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
