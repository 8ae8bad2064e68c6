using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Akka.ClusterAdapter.CodeFixes;

/// <summary>
/// SIO204: what is sent is awaited, in a lambda or an <c>[On]</c> method that becomes async for it. Not offered where that would be <c>async void</c>, where
/// others call the method, or where a task is returned already.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
[Shared]
internal sealed class DroppedResultFix : CodeFixProvider
{
    private const string Title = "Await it";

    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ["SIO204"];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var (document, ct) = (context.Document, context.CancellationToken);
        var root = await document.GetSyntaxRootAsync(ct).ConfigureAwait(false);
        var model = await document.GetSemanticModelAsync(ct).ConfigureAwait(false);
        if (root!.FindNode(context.Span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call || Function(call) is not { } function
            || Changed(function, call, model!, ct) is not { } changed)
            return;
        var mark = new SyntaxAnnotation();
        var after = document.WithSyntaxRoot(root.ReplaceNode(function, changed.WithAdditionalAnnotations(mark)));
        if (await ReturnsATaskAsync(after, mark, ct).ConfigureAwait(false)
            && await Trial.CompilesAsync(document.Project.Solution, after.Project.Solution, [document.Id], ct).ConfigureAwait(false))
            context.RegisterCodeFix(CodeAction.Create(Title, _ => Task.FromResult(after), Title), context.Diagnostics);
    }

    private static SyntaxNode? Function(SyntaxNode call) =>
        call.Ancestors().FirstOrDefault(
            static outside => outside is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax);

    private static SyntaxNode? Changed(SyntaxNode function, InvocationExpressionSyntax call, SemanticModel model, CancellationToken ct)
    {
        switch (function)
        {
            case AnonymousFunctionExpressionSyntax lambda when model.GetSymbolInfo(lambda, ct).Symbol is IMethodSymbol symbol && !IsTask(symbol.ReturnType):
                return Edits.MakeAsync(lambda.ReplaceNode(call, Edits.Await(call)));
            case MethodDeclarationSyntax method when model.GetDeclaredSymbol(method, ct) is { ReturnsVoid: true } symbol && IsHandler(symbol):
                return Edits.MakeAsync(method.ReplaceNode(call, Edits.Await(call)));
            default:
                return null;
        }
    }

    /// <summary>Nobody but the library calls it.</summary>
    private static bool IsHandler(IMethodSymbol method) =>
        method.GetAttributes().Any(static attribute => attribute.AttributeClass is { Name: "OnAttribute", ContainingAssembly.Name: "Akka.ClusterAdapter" });

    private static bool IsTask(ITypeSymbol type) =>
        type.Name is "Task" or "ValueTask" && type.ContainingNamespace?.ToDisplayString() == "System.Threading.Tasks";

    /// <summary>Where a delegate returns nothing, a lambda that is async returns nothing either: it would be worse than before.</summary>
    private static async Task<bool> ReturnsATaskAsync(Document after, SyntaxAnnotation mark, CancellationToken ct)
    {
        var root = await after.GetSyntaxRootAsync(ct).ConfigureAwait(false);
        var model = await after.GetSemanticModelAsync(ct).ConfigureAwait(false);
        var function = root!.GetAnnotatedNodes(mark).Single();
        var symbol = function is MethodDeclarationSyntax method
            ? model!.GetDeclaredSymbol(method, ct)
            : model!.GetSymbolInfo(function, ct).Symbol as IMethodSymbol;
        return symbol is { ReturnsVoid: false };
    }
}
