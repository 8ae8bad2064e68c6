using System.Text.Json;

namespace TestServer.Processes;

/// <summary>The one line by which a worker tells its parent that it is ready.</summary>
/// <param name="Url">The worker's own address.</param>
/// <param name="ClusterPort">Its port in the cluster.</param>
internal sealed record WorkerReport(string Url, int ClusterPort)
{
    private const string Prefix = "WORKER ";

    public string ToLine() => Prefix + JsonSerializer.Serialize(this);

    public static WorkerReport? Parse(string line) =>
        line.StartsWith(Prefix, StringComparison.Ordinal) ? JsonSerializer.Deserialize<WorkerReport>(line[Prefix.Length..]) : null;
}
