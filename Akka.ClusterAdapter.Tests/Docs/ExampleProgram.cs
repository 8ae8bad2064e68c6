using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>A built program of the folder <c>examples</c> that listens on a free port.</summary>
internal sealed class ExampleProgram : IAsyncDisposable
{
    private static readonly string Configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));

    private readonly LineProcess _process;

    private ExampleProgram(LineProcess process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    public static async Task<ExampleProgram> StartAsync(string name, params string[] arguments)
    {
        var folder = Path.Combine(SourceTree.Root, "artifacts", "bin", name, Configuration);
        var process = new LineProcess("dotnet", [Path.Combine(folder, name + ".dll"), "--urls", "http://127.0.0.1:0", .. arguments], folder);
        var line = await process.LineAsync("Now listening on: ");
        return new(process, line[line.IndexOf("http", StringComparison.Ordinal)..].Trim());
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
