using System.Text.Json.Nodes;
using LoadClient.Measuring;
using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>One kind of load. Connects its clients, warms up, measures for a while, prints one line of JSON.</summary>
internal abstract class Scenario : IMessageHandler
{
    protected Scenario(EventLoop loop, LoadSettings settings)
    {
        Loop = loop;
        Settings = settings;
        Clients = new Crowd(loop, settings, this);
        Server = new ProcessTree(settings.Processes);
    }

    public int PayloadSize => Settings.Payload;

    protected EventLoop Loop { get; }

    protected LoadSettings Settings { get; }

    protected Crowd Clients { get; }

    protected ProcessTree Server { get; }

    protected Histogram Latency { get; } = new();

    /// <summary>Whether messages leave at a given rate, not one when another has arrived.</summary>
    protected bool IsOpenLoop => Settings.Rate > 0;

    /// <summary>Set when the measured time is over: nothing new is sent.</summary>
    protected bool IsOver { get; private set; }

    internal static Scenario Create(EventLoop loop, LoadSettings settings) => settings.Scenario switch
    {
        "fanout" => new FanOut(loop, settings),
        "p2p" => new PointToPoint(loop, settings),
        "echo" => new Echo(loop, settings),
        "fetch" or "sse" => new Calls(loop, settings),
        "join" => new Joins(loop, settings),
        "connect" => new Connects(loop, settings),
        "idle" => new Idle(loop, settings),
        "breadth" => new Breadth(loop, settings),
        _ => throw new ArgumentException($"There is no scenario '{settings.Scenario}'."),
    };

    internal abstract Task RunAsync();

    public virtual void OnEvent(Connection connection, in PayloadCheck payload, long now)
    {
    }

    public virtual void OnAck(Connection connection, ReadOnlySpan<byte> json, long now)
    {
    }

    public virtual void OnLost(Connection connection) => Clients.Lost(connection);

    /// <summary>Warms up, then counts for the measured time.</summary>
    /// <param name="total">How many there have been so far.</param>
    protected async Task<Measurement> MeasureAsync(Func<long> total)
    {
        await Loop.DelayAsync(Settings.Warmup);
        Latency.Reset();
        var before = Server.Cpu();
        var first = total();
        await Loop.DelayAsync(Settings.Duration);
        var count = total() - first;
        var cpu = Server.Cpu().Since(before);
        IsOver = true;
        return new Measurement(
            count, cpu, Latency.Quantile(0.5), Latency.Quantile(0.9), Latency.Quantile(0.99), Latency.Quantile(0.999), Latency.Max, Latency.Mean);
    }

    /// <summary>Gives what is still under way up to five seconds to arrive, and duplicates a moment more.</summary>
    protected async Task DrainAsync(Func<bool> arrived)
    {
        for (var i = 0; i < 100 && !arrived(); i++)
            await Loop.DelayAsync(0.05);
        await Loop.DelayAsync(0.1);
    }

    protected void Print(string unit, Measurement measured, JsonObject parameters, params (string Name, JsonNode? Value)[] more)
    {
        var line = ResultLine.Of(this, unit, measured, parameters);
        foreach (var (name, value) in more)
            line[name] = value;
        line["placement"] = new JsonObject(Clients.Placement.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)));
        Console.WriteLine(line.ToJsonString());
        Clients.CloseAll();
    }

    /// <summary>The part of a result that all scenarios have.</summary>
    private static class ResultLine
    {
        internal static JsonObject Of(Scenario scenario, string unit, Measurement measured, JsonObject parameters)
        {
            var cpu = measured.Cpu;
            var (resident, proportional) = scenario.Server.Memory();
            return new JsonObject
            {
                ["scenario"] = scenario.Settings.Scenario,
                ["label"] = scenario.Settings.Label,
                ["client"] = "fast",
                ["params"] = parameters,
                ["unit"] = unit,
                ["count"] = measured.Count,
                ["seconds"] = Rounded(cpu.Seconds),
                ["deliveries_per_s"] = Math.Round(measured.Count / cpu.Seconds),
                ["p50_ms"] = Rounded(measured.Median),
                ["p90_ms"] = Rounded(measured.P90),
                ["p99_ms"] = Rounded(measured.P99),
                ["p999_ms"] = Rounded(measured.P999),
                ["max_ms"] = Rounded(measured.Max),
                ["mean_ms"] = Rounded(measured.Mean),
                ["server_cpu_s_per_million"] = cpu.Processes.Count > 0 && measured.Count > 0 ? Rounded(cpu.Server / measured.Count * 1e6) : null,
                ["server_user_share"] = cpu.Server > 0 ? Rounded(cpu.ServerUser / cpu.Server) : null,
                ["server_cores"] = Rounded(cpu.Cores(cpu.Server)),
                ["cores_by_pid"] = new JsonObject(cpu.Processes.Select(entry => KeyValuePair.Create($"{entry.Key}", Rounded(cpu.Cores(entry.Value.Total))))),
                ["loadgen_cores"] = Rounded(cpu.Cores(cpu.Own)),
                ["loadgen_cpu_s_per_million"] = measured.Count > 0 ? Rounded(cpu.Own / measured.Count * 1e6) : null,
                ["other_cores"] = Rounded(cpu.OtherCores),
                ["machine_cores"] = Rounded(cpu.Cores(cpu.Machine)),
                ["rss_mb"] = Rounded(resident),
                ["pss_mb"] = Rounded(proportional),
                ["closed_unexpectedly"] = scenario.Clients.ClosedUnexpectedly,
                ["stuck_connects"] = scenario.Clients.StuckConnects,
            };
        }
    }

    /// <summary>Six significant digits.</summary>
    protected static JsonNode? Rounded(double? value) =>
        value is { } number && double.IsFinite(number)
            ? double.Parse(number.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture)
            : null;
}
