using System.Text.Json;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Interop;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>The official client comes back to whichever worker the shared port leads it, while all workers broadcast.</summary>
public class MovingClientsTests
{
    private const int Clients = 60;

    [Fact]
    public async Task When_every_worker_goes_once_clients_come_back_to_the_others_and_miss_nothing()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "3", "--restart", "--cold", "--recovery", "120000");
        await using var crowd = Start(server);
        await crowd.LineAsync("FLOWS");

        foreach (var url in server.Urls)
        {
            var worker = new ControlledWorker(1, url);
            var before = await worker.InfoAsync();
            await worker.DoAsync(new { op = "shutdown" });
            await WholeAsync(server, url, before.Pid);
        }

        var verdict = await EndAsync(crowd);
        Assert.Empty(verdict.Violations);
        // Who loses its connection twice in the same moment may be told to begin anew.
        Assert.True(verdict.Recovered >= Clients && verdict.Anew * 20 <= verdict.Recovered, verdict.ToString());
    }

    [Fact]
    public async Task When_workers_are_killed_one_after_the_other_their_clients_come_back_to_those_that_keep_copies_and_miss_nothing()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "3", "--restart", "--cold", "--recovery", "120000", "--survive-crash");
        await using var crowd = Start(server, killed: "1");
        await crowd.LineAsync("FLOWS");

        foreach (var url in server.Urls.Take(2))
        {
            var before = await new ControlledWorker(1, url).InfoAsync();
            await ControlledWorker.SignalAsync("KILL", before.Pid);
            await WholeAsync(server, url, before.Pid);
        }

        var verdict = await EndAsync(crowd);
        Assert.Empty(verdict.Violations);
        // Who was sent something in the very last moment may be told to begin anew.
        Assert.True(verdict.Recovered >= Clients / 3 && verdict.Anew * 10 <= verdict.Recovered, verdict.ToString());
    }

    private static LineProcess Start(TestServerProcess server, string killed = "") =>
        new("env", [$"CLIENTS={Clients}", "RATE=30", $"KILLED={killed}", "node", "recovery.mjs", server.SharedUrl, .. server.Urls], NodeFolder()) { Deadline = TimeSpan.FromMinutes(3) };

    private static string NodeFolder() => Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Interop");

    private static Task WholeAsync(TestServerProcess server, string replaced, int pid) => Eventually.TrueAsync(async () =>
    {
        foreach (var url in server.Urls)
        {
            if (await new ControlledWorker(1, url).TryInfoAsync() is not { Ready: true, Peers.Length: 2 } info || (url == replaced && info.Pid == pid))
                return false;
        }

        return true;
    }, "all workers are there again");

    private static async Task<Verdict> EndAsync(LineProcess crowd)
    {
        await crowd.WriteLineAsync("end");
        var line = await crowd.LineAsync("VERDICT");
        return JsonSerializer.Deserialize<Verdict>(line[(line.IndexOf('{', StringComparison.Ordinal))..], JsonSerializerOptions.Web)!;
    }

    private sealed record Verdict(int Sent, int Received, int Recovered, int Anew, string[] Violations);
}
