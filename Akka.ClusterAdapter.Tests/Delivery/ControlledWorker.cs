using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>One worker of a test server, from outside: commands, signals, what its process uses.</summary>
/// <param name="number">From 1.</param>
/// <param name="url">Its own address, the same in each of its lives.</param>
internal sealed class ControlledWorker(int number, string url)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(40) };

    public int Number { get; } = number;

    public string Url { get; } = url;

    /// <summary>One command and its answer, whatever that says.</summary>
    public async Task<JsonElement> AskAsync(object command, CancellationToken ct = default)
    {
        using var answer = await Http.PostAsJsonAsync($"{Url}/control", command, ct);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
    }

    /// <summary>One command that the worker carries out.</summary>
    public async Task<JsonElement> DoAsync(object command)
    {
        var answer = await AskAsync(command);
        Assert.True(answer.GetProperty("ok").GetBoolean(), answer.ToString());
        return answer;
    }

    public async Task<WorkerInfo> InfoAsync() => (await DoAsync(new { op = "info", members = true })).Deserialize<WorkerInfo>(JsonSerializerOptions.Web)!;

    /// <summary>Null while nobody listens there.</summary>
    public async Task<WorkerInfo?> TryInfoAsync()
    {
        try
        {
            return await InfoAsync();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Cuts the links to another member in both directions.</summary>
    public Task CutAsync(string address) => DoAsync(new { op = "throttle", peer = address, mode = "blackhole" });

    public Task MendAsync(string address) => DoAsync(new { op = "throttle", peer = address, mode = "pass" });

    public static Task SignalAsync(string signal, int pid) => LineProcess.SignalAsync(signal, pid);

    /// <summary>Resident memory of a process, in bytes: proc(5).</summary>
    public static long MemoryOf(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}

/// <summary>What a worker tells about itself.</summary>
internal sealed record WorkerInfo(
    string Worker, int Pid, bool Ready, string[] Peers, WorkerMember[] Members,
    int Sockets, int PendingRequests, int PendingAcks, Dictionary<string, long> Counters)
{
    /// <summary>Its address in the cluster.</summary>
    public string Address => Worker.Split('#')[0];

    /// <summary>The member that keeps the workers; null while this worker has not joined it.</summary>
    public WorkerMember? Supervisor => Members.SingleOrDefault(member => member.Roles.Contains("supervisor"));
}

/// <summary>A member of the cluster as a worker sees it.</summary>
internal sealed record WorkerMember(string Address, string[] Roles, string Status, bool Reachable);
