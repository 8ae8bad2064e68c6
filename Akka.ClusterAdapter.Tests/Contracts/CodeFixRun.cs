using System.Collections.Immutable;
using Akka.ClusterAdapter.CodeFixes;
using Akka.ClusterAdapter.Generators.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>A program of a few lines in an editor's workspace, with the analyzers and their fixes.</summary>
internal static class CodeFixRun
{
    private static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers = [new HandlerAnalyzer(), new DroppedResultAnalyzer()];
    private static readonly CodeFixProvider[] Fixes = [new AsyncVoidFix(), new DroppedResultFix()];
    private static readonly AdhocWorkspace Workspace = new();
    private static readonly Lazy<Task<Project>> Empty = new(OpenAsync);

    /// <summary>The program after the fix of its one mistake; null when none is offered. What was made of it compiles, and the mistake is gone.</summary>
    public static async Task<string?> FixAsync(string source)
    {
        var document = (await Empty.Value).AddDocument("Program.cs", source);
        var diagnostic = Assert.Single(await AnalyzeAsync(document.Project));

        var offered = new List<CodeAction>();
        var fix = Fixes.Single(fix => fix.FixableDiagnosticIds.Contains(diagnostic.Id));
        var at = document.Project.GetDocument(diagnostic.Location.SourceTree)!;
        await fix.RegisterCodeFixesAsync(new CodeFixContext(at, diagnostic, (action, _) => offered.Add(action), default));
        if (offered.Count == 0)
            return null;

        var operations = await Assert.Single(offered).GetOperationsAsync(default);
        var changed = Assert.IsType<ApplyChangesOperation>(Assert.Single(operations)).ChangedSolution.GetProject(document.Project.Id)!;
        var complaints = (await changed.GetCompilationAsync())!.GetDiagnostics().Where(found => found.Severity >= DiagnosticSeverity.Warning);
        Assert.Empty(GeneratorRun.Messages(complaints));
        Assert.Empty(await AnalyzeAsync(changed));
        return (await changed.GetDocument(document.Id)!.GetTextAsync()).ToString();
    }

    /// <summary>A project without a program, compiled: what it refers to is read once for all tests.</summary>
    private static async Task<Project> OpenAsync()
    {
        var program = GeneratorRun.Compile("");
        var project = ProjectInfo.Create(ProjectId.CreateNewId(), VersionStamp.Default, "Program", "Program", LanguageNames.CSharp)
            .WithCompilationOptions(program.Options).WithParseOptions(program.SyntaxTrees[0].Options).WithMetadataReferences(program.References);
        var opened = Workspace.AddProject(project).AddDocument("Usings.cs", program.SyntaxTrees[0].GetText()).Project;
        await opened.GetCompilationAsync();
        return opened;
    }

    private static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(Project project) =>
        await (await project.GetCompilationAsync())!.WithAnalyzers(Analyzers).GetAnalyzerDiagnosticsAsync();
}
