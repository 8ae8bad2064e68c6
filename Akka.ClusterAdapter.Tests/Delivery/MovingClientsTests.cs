using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Interop;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>The official client comes back to whichever worker the shared port leads it, while all workers broadcast.</summary>
public partial class MovingClientsTests
{
    private const int Clients = 60;

    [Fact]
    public async Task When_every_worker_goes_once_clients_of_a_namespace_come_back_to_the_others_and_miss_nothing()
    {
        string[] options =
        [
            "--workers", "3", "--restart", "--cold", "--recovery", "120000", "--profile", "protocol", "--ping-interval", "25000", "--ping-timeout", "20000",
            "--metrics"
        ];
        await using var server = await TestServerProcess.StartAsync(options);
        await using var crowd = Start(server, nsp: "/custom");
        await crowd.LineAsync("FLOWS");

        await crowd.WriteLineAsync("sleep");
        await crowd.LineAsync("SLEEPS");
        foreach (var url in server.Urls)
        {
            var worker = new ControlledWorker(1, url);
            var before = await worker.InfoAsync();
            await worker.DoAsync(new { op = "shutdown" });
            await WholeAsync(server, url, before.Pid);
        }

        await crowd.WriteLineAsync("wake");
        var verdict = await EndAsync(crowd);
        Assert.Empty(verdict.Violations);
        // They were away for as long as any of the workers was there that had sent what they missed.
        Assert.True(verdict.SleepersAnew == 0, $"{verdict}\n{string.Join('\n', await NumbersAsync(server, Recoveries()))}");
        // Who loses its connection twice in the same moment may be told to begin anew.
        Assert.True(verdict.Recovered >= Clients && verdict.Anew * 20 <= verdict.Recovered, verdict.ToString());
    }

    [Fact]
    public async Task When_a_worker_is_killed_its_clients_come_back_to_those_that_keep_copies_and_have_no_silent_hole()
    {
        await using var server = await TestServerProcess.StartAsync(
            "--workers", "3", "--restart", "--cold", "--recovery", "120000", "--survive-crash", "--metrics");
        await using var crowd = Start(server, killed: "1");
        await crowd.LineAsync("FLOWS");

        await CopiedAsync(server);
        var before = await new ControlledWorker(1, server.Urls[0]).InfoAsync();
        await ControlledWorker.SignalAsync("KILL", before.Pid);
        await WholeAsync(server, server.Urls[0], before.Pid);

        var verdict = await EndAsync(crowd);
        Assert.Empty(verdict.Violations);
        // Who had just joined a room, or had just come, may begin anew.
        Assert.True(verdict.Recovered >= 10 && verdict.Anew * 4 <= verdict.Recovered, verdict.ToString());
    }

    [Fact]
    public async Task With_msgpack_through_a_cut_between_two_workers_and_a_worker_that_stands_still_nobody_has_a_silent_hole()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "3", "--cold", "--recovery", "120000", "--parser", "msgpack");
        await using var crowd = Start(server, parser: "msgpack");
        await crowd.LineAsync("FLOWS");
        ControlledWorker[] workers = [.. server.Urls.Index().Select(static each => new ControlledWorker(each.Index + 1, each.Item))];
        var (cut, frozen) = ((await workers[1].InfoAsync()).Address, (await workers[2].InfoAsync()).Pid);

        await crowd.WriteLineAsync("sleep");
        await crowd.LineAsync("SLEEPS");
        await crowd.WriteLineAsync("cut");
        await crowd.LineAsync("KNOWS cut");
        await workers[0].CutAsync(cut);
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        await workers[0].MendAsync(cut);
        await crowd.WriteLineAsync("mended");
        await crowd.LineAsync("KNOWS mended");
        await ControlledWorker.SignalAsync("STOP", frozen);
        await crowd.WriteLineAsync("wake");
        await crowd.LineAsync("WAKES");
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        await ControlledWorker.SignalAsync("CONT", frozen);

        var verdict = await EndAsync(crowd);
        Assert.Empty(verdict.Violations);
        // Of ten sleepers two thirds have a worker that answers at once.
        Assert.InRange(verdict.Recovered, 1, int.MaxValue);
    }

    private static LineProcess Start(TestServerProcess server, string killed = "", string parser = "", string nsp = "/") =>
        new(
            "env",
            [$"CLIENTS={Clients}", "RATE=30", $"KILLED={killed}", $"PARSER={parser}", $"NSP={nsp}", "node", "recovery.mjs", server.SharedUrl, .. server.Urls],
            NodeFolder())
        { Deadline = TimeSpan.FromMinutes(3) };

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

    /// <summary>All clients are connected, and their sessions copied.</summary>
    private static async Task CopiedAsync(TestServerProcess server)
    {
        using var http = new HttpClient();
        await Eventually.TrueAsync(async () =>
        {
            var copied = 0;
            foreach (var url in server.Urls)
                copied += Copied().Matches(await http.GetStringAsync($"{url}/metrics"))
                    .Sum(static row => int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture));
            return copied == Clients;
        }, "all sessions are copied");
    }

    /// <summary>What all workers say of an instrument.</summary>
    private static async Task<List<string>> NumbersAsync(TestServerProcess server, Regex instrument)
    {
        using var http = new HttpClient();
        var all = new List<string>();
        foreach (var url in server.Urls)
            all.AddRange(instrument.Matches(await http.GetStringAsync($"{url}/metrics")).Select(match => $"{url} {match.Value}"));
        return all;
    }

    [GeneratedRegex(
        "^socketio_(server_recoveries|server_sessions_moved|server_recovery_bytes|cluster_request_duration_seconds_count).*", RegexOptions.Multiline)]
    private static partial Regex Recoveries();

    [GeneratedRegex("""^socketio_server_sessions_copied\{[^}]*\} (\d+)""", RegexOptions.Multiline)]
    private static partial Regex Copied();

    private static async Task<Verdict> EndAsync(LineProcess crowd)
    {
        await crowd.WriteLineAsync("end");
        var line = await crowd.LineAsync("VERDICT");
        return JsonSerializer.Deserialize<Verdict>(line[(line.IndexOf('{', StringComparison.Ordinal))..], JsonSerializerOptions.Web)!;
    }

    private sealed record Verdict(int Sent, int Received, int Recovered, int Anew, int SleepersAnew, string[] Violations);
}
