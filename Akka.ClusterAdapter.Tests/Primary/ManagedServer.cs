using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>
/// examples/TestServer under the library's primary, without a terminal: there SIGHUP reloads. Its workers have the default time to let their clients go.
/// </summary>
internal sealed partial class ManagedServer(int workers) : LineProcess(
    "/usr/bin/env",
    [
        "--default-signal=INT", "--default-signal=HUP", "setsid", "dotnet", Program, "--managed", "--port", "0", "--drain-timeout", "10000", "--workers",
        workers.ToString(CultureInfo.InvariantCulture)
    ])
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private static string Program
    {
        get
        {
            // Built with the tests, in the same configuration: artifacts/bin/PROJECT/CONFIGURATION/.
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(here.Parent!.Parent!.FullName, "TestServer", here.Name, "TestServer.dll");
        }
    }

    /// <summary>The address that the workers share.</summary>
    public string Url => Shared().Match(string.Join('\n', Lines)).Groups[1].Value;

    /// <summary>Process ids of all workers that were ever ready.</summary>
    public int[] Workers => [.. Ready().Matches(string.Join('\n', Lines)).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    public static async Task<ManagedServer> StartAsync(int workers)
    {
        var server = new ManagedServer(workers) { Deadline = TimeSpan.FromMinutes(5) };
        await server.LineAsync("Ctrl+C stops");
        return server;
    }

    public Task ReloadAsync() => SignalAsync("HUP", Id);

    /// <summary>The fewest workers that said of themselves at one time that they are ready, until told to stop looking.</summary>
    public async Task<int> FewestReadyAsync(CancellationToken enough)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        var fewest = int.MaxValue;
        while (!enough.IsCancellationRequested && !HasExited)
        {
            var answers = await Task.WhenAll(Own().Matches(string.Join('\n', Lines)).Select(match => IsReadyAsync(http, match.Groups[1].Value)));
            fewest = Math.Min(fewest, answers.Count(ready => ready));
            await Task.Delay(Interval, TimeProvider.System, CancellationToken.None);
        }

        return fewest;
    }

    public override async ValueTask DisposeAsync()
    {
        var all = Workers;
        await base.DisposeAsync();
        await Eventually.TrueAsync(() => !all.Any(IsRunning), "the workers end with their primary");
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, string url)
    {
        try
        {
            using var answer = await http.PostAsJsonAsync(url + "/control", new { op = "info" });
            return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("ready").GetBoolean();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"workers share (http://[\d.:]+)")]
    private static partial Regex Shared();

    [GeneratedRegex(@"is ready, pid (\d+)")]
    private static partial Regex Ready();

    [GeneratedRegex("""WORKER \{"Url":"(http://[\d.:]+)",""")]
    private static partial Regex Own();
}
