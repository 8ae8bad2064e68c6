using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>The page of examples/Cluster is checked against the C# of its server.</summary>
[Collection(ProcessTests.Name)]
public sealed class ClusterPageTests : IDisposable
{
    private static readonly string Example = Path.Combine(SourceTree.Root, "examples", "Cluster");

    private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(SourceTree.Root, "artifacts", "page", Guid.NewGuid().ToString("N")));

    [Fact]
    public async Task Its_declarations_are_those_of_the_server()
    {
        var server = Path.Combine(Path.GetDirectoryName(ClusterExample.Program)!, "Cluster.Example.dll");
        await using var tool = new LineProcess(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "dotnet-socketio.dll"), "types", server,
                "--out", Path.Combine(Example, "wwwroot", "events.d.ts"), "--check",
            ],
            Example);

        var code = await tool.ExitAsync();

        Assert.True(code == 0, string.Join('\n', tool.Lines));
    }

    [Theory]
    [InlineData("", "", null)]
    [InlineData("said: (", "told: (", "\"said\"")]
    [InlineData("rename: (", "renameTo: (", "\"rename\"")]
    [InlineData("  worker: number;", "  workerNumber: number;", "'worker'")]
    public async Task What_is_called_otherwise_in_CSharp_breaks_it(string before, string after, string? named)
    {
        foreach (var file in new[] { "tsconfig.json", "client.d.ts", "wwwroot/chat.js", "wwwroot/events.d.ts" })
        {
            var copy = new FileInfo(Path.Combine(_folder.FullName, file));
            copy.Directory!.Create();
            var text = await File.ReadAllTextAsync(Path.Combine(Example, file));
            await File.WriteAllTextAsync(copy.FullName, before.Length > 0 && file.EndsWith("events.d.ts", StringComparison.Ordinal)
                ? text.Replace(before, after, StringComparison.Ordinal)
                : text);
        }

        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "node_modules"), Path.Combine(Example, "node_modules"));
        await using var compiler = new LineProcess(
            "node", [Path.Combine(Example, "node_modules", "typescript", "bin", "tsc"), "--project", "."], _folder.FullName);

        var code = await compiler.ExitAsync();

        var isSame = named is null;
        Assert.True((code == 0) == isSame, string.Join('\n', compiler.Lines));
        if (named is not null)
            Assert.Contains(
                compiler.Lines, line => line.StartsWith("wwwroot/chat.js", StringComparison.Ordinal) && line.Contains(named, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
