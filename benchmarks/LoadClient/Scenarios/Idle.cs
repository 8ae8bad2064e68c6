using System.Text.Json.Nodes;
using LoadClient.Measuring;
using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>The server's memory with more and more clients that do nothing.</summary>
internal sealed class Idle(EventLoop loop, LoadSettings settings) : Scenario(loop, settings)
{
    internal override async Task RunAsync()
    {
        await WarmUpAsync();
        var before = Server.Memory();
        var start = Server.Cpu();
        var rows = new JsonArray();
        foreach (var step in Settings.Steps)
        {
            await Clients.ConnectAsync(step - Clients.Count, 64);
            await Loop.DelayAsync(Settings.Settle(3000));
            rows.Add(Row(step, Server.Memory(), before));
        }
        var connected = Server.Cpu();
        await Loop.DelayAsync(Settings.Duration);
        Console.WriteLine(Line(rows, before, connected.Since(start), Server.Cpu().Since(connected)).ToJsonString());
        Clients.CloseAll();
    }

    // The code is compiled and the first buffers are there before memory is looked at.
    private async Task WarmUpAsync()
    {
        await Clients.ConnectAsync(200);
        Clients.CloseAll();
        await Loop.DelayAsync(2.5);
    }

    private JsonObject Line(JsonArray rows, (double Resident, double Proportional) before, CpuUse connecting, CpuUse idling)
    {
        var last = rows[^1]!.AsObject();
        return new JsonObject
        {
            ["scenario"] = "idle",
            ["label"] = Settings.Label,
            ["client"] = "fast",
            ["params"] = new JsonObject { ["steps"] = new JsonArray([.. Settings.Steps.Select(step => (JsonNode)step)]) },
            ["base_rss_mb"] = Rounded(before.Resident),
            ["base_pss_mb"] = Rounded(before.Proportional),
            ["rows"] = rows,
            ["rss_mb"] = last["rss_mb"]!.DeepClone(),
            ["pss_mb"] = last["pss_mb"]!.DeepClone(),
            ["rss_mb_per_1000"] = last["rss_mb_per_1000"]?.DeepClone(),
            ["pss_mb_per_1000"] = last["pss_mb_per_1000"]?.DeepClone(),
            ["alive"] = Clients.Count,
            ["lost"] = Settings.Steps[^1] - Clients.Count,
            ["idle_server_cores"] = Rounded(idling.Cores(idling.Server)),
            ["connect_cpu_s_per_million"] = Rounded(connecting.Server / Settings.Steps[^1] * 1e6),
            ["loadgen_cores"] = Rounded(idling.Cores(idling.Own)),
            ["closed_unexpectedly"] = Clients.ClosedUnexpectedly,
            ["stuck_connects"] = Clients.StuckConnects,
            ["other_cores"] = Rounded(connecting.OtherCores),
        };
    }

    private static JsonObject Row(int connections, (double Resident, double Proportional) now, (double Resident, double Proportional) before) => new()
    {
        ["connections"] = connections,
        ["rss_mb"] = Rounded(now.Resident),
        ["pss_mb"] = Rounded(now.Proportional),
        ["rss_mb_per_1000"] = Rounded((now.Resident - before.Resident) / connections * 1000),
        ["pss_mb_per_1000"] = Rounded((now.Proportional - before.Proportional) / connections * 1000),
    };
}
