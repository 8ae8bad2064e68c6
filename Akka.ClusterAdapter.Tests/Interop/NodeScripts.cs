using System.Collections.Concurrent;
using System.Text.Json;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>
/// Node processes that run the scenarios of one script, one after the other: a start costs more than most scenarios. The script reads a request
/// a line and writes a verdict a line. The processes end when their input does, with this process.
/// </summary>
/// <param name="folder">Where the script is started.</param>
/// <param name="script">Its path from there.</param>
internal sealed class NodeScripts(string folder, string script)
{
    // The scripts themselves give up earlier, and say why.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    private readonly ConcurrentBag<LineProcess> _idle = [];
    private int _requests;

    /// <summary>Fails the test with what the script complains of.</summary>
    public async Task PassesAsync(string name, string[] arguments)
    {
        var id = $"request {Interlocked.Increment(ref _requests)}.";
        var node = _idle.TryTake(out var idle) && !idle.HasExited ? idle : new LineProcess("node", [script], folder) { Deadline = Deadline };
        var isOver = false;
        try
        {
            await node.WriteLineAsync(JsonSerializer.Serialize(new Request(id, name, arguments), JsonSerializerOptions.Web));
            var verdict = JsonSerializer.Deserialize<Verdict>(await node.LineAsync($"\"{id}\""), JsonSerializerOptions.Web)!;
            Assert.True(verdict.Ok, $"{name} {string.Join(' ', arguments)}: {verdict.Detail}");
            isOver = true;
        }
        finally
        {
            // What a failure has left behind is nobody else's trouble.
            if (isOver)
                _idle.Add(node);
            else
                await node.DisposeAsync();
        }
    }

    private sealed record Request(string Id, string Name, string[] Arguments);

    private sealed record Verdict(string Id, bool Ok, string Detail);
}
