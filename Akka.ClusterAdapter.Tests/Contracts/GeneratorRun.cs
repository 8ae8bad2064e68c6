using Akka.ClusterAdapter.Generators.Contracts;
using Akka.ClusterAdapter.Server;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>A program of a few lines, compiled in this process with the generator.</summary>
internal static class GeneratorRun
{
    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Threading; "
        + "global using System.Threading.Tasks; global using Akka.ClusterAdapter.Server;";

    private static readonly Lazy<MetadataReference[]> Platform = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => Path.GetFileName(file) is var name && !name.StartsWith("Akka.ClusterAdapter.Tests", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file))]);

    public static CSharpCompilation Compile(string source, string assembly = "Program", params MetadataReference[] more) => CSharpCompilation.Create(
        assembly,
        [Parse(Usings, "Usings.cs"), Parse(source, "Program.cs")],
        [.. Platform.Value, .. more],
        new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Error));

    public static SyntaxTree Parse(string source, string file) => CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.CSharp14), file);

    public static GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new ContractGenerator().AsSourceGenerator()],
        parseOptions: new CSharpParseOptions(LanguageVersion.CSharp14),
        driverOptions: new GeneratorDriverOptions(default, trackIncrementalGeneratorSteps: true));

    /// <summary>What the generator and then the compiler complain of.</summary>
    public static (Compilation Compiled, Diagnostic[] Complaints) Run(Compilation compilation)
    {
        Driver().RunGeneratorsAndUpdateCompilation(compilation, out var compiled, out var complaints);
        return (compiled, [.. complaints, .. compiled.GetDiagnostics().Where(found => found.Severity >= DiagnosticSeverity.Warning)]);
    }

    /// <summary>The compiled program as something to refer to.</summary>
    public static MetadataReference Reference(Compilation compiled)
    {
        using var image = new MemoryStream();
        var result = compiled.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return MetadataReference.CreateFromImage(image.ToArray());
    }

    public static string Messages(IEnumerable<Diagnostic> complaints) =>
        string.Join('\n', complaints.Select(complaint => $"{complaint.Id}: {complaint.GetMessage(null)}"));

    // The library must be among the trusted assemblies.
    public static string Library => typeof(SocketIOServer).Assembly.Location;
}
