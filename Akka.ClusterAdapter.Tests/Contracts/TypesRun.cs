using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;
using Akka.ClusterAdapter.Tool;
using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>A folder where C# becomes TypeScript that is then checked.</summary>
internal sealed class TypesRun : IDisposable
{
    // Beside node_modules, where the compiler finds the client's own declarations.
    private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(Interop, "node_modules", ".contracts", Guid.NewGuid().ToString("N")));

    private static string Interop => Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Interop");

    public string Folder => _folder.FullName;

    public string PathOf(string file) => Path.Combine(Folder, file);

    public Task WriteAsync(string file, string text) => File.WriteAllTextAsync(PathOf(file), text);

    /// <summary>Compiles C# and writes its declarations.</summary>
    public (int Code, string Declarations, string Complaints) Declare(string source, params string[] options) => DeclareAll([source], options);

    /// <summary>Compiles several files of C# and writes their declarations.</summary>
    public (int Code, string Declarations, string Complaints) DeclareAll(string[] sources, params string[] options)
    {
        var assembly = Compile(sources[0], "Chat", sources[1..]);
        var (code, complaints) = Run([assembly, "--out", PathOf("events.d.ts"), .. options]);
        return (code, File.Exists(PathOf("events.d.ts")) ? File.ReadAllText(PathOf("events.d.ts")) : "", complaints);
    }

    public string Compile(string source, string name = "Chat", params string[] more)
    {
        var program = GeneratorRun.Compile(source, name).AddSyntaxTrees(more.Select((text, i) => GeneratorRun.Parse(text, $"More{i}.cs")));
        if (more.Any(text => text.Contains("app.Run();", StringComparison.Ordinal)))
            program = program.WithOptions(program.Options.WithOutputKind(OutputKind.ConsoleApplication));
        var (compiled, complaints) = GeneratorRun.Run(program);
        Assert.Empty(GeneratorRun.Messages(complaints.Where(complaint => complaint.Severity == DiagnosticSeverity.Error
            && complaint.Id.StartsWith("CS", StringComparison.Ordinal) && !complaint.IsWarningAsError)));
        var file = PathOf(name + ".dll");
        var result = compiled.WithOptions(compiled.Options.WithGeneralDiagnosticOption(ReportDiagnostic.Default)).Emit(file);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return file;
    }

    /// <summary>The tool, in this process.</summary>
    public static (int Code, string Complaints) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var library = Path.GetDirectoryName(GeneratorRun.Library)!;
        var code = CommandLine.Run(["types", .. arguments, "--reference", library], output, errors);
        return (code, errors.ToString());
    }

    /// <summary>What the TypeScript compiler says of a page; empty when nothing is wrong.</summary>
    public async Task<string> CheckAsync(params string[] files)
    {
        await WriteAsync("tsconfig.json", $$"""
            { "compilerOptions": { "noEmit": true, "strict": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
                "lib": ["es2022", "dom"], "types": [] },
              "files": ["{{string.Join("\", \"", files)}}"] }
            """);
        await using var compiler = new LineProcess("node", [Path.Combine(Interop, "node_modules", "typescript", "bin", "tsc"), "--project", "."], Folder);
        var code = await compiler.ExitAsync();
        var lines = string.Join('\n', compiler.Lines);
        Assert.Equal(code == 0, lines.Length == 0);
        return lines;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
