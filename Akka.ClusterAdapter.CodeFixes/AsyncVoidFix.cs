using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Akka.ClusterAdapter.CodeFixes;

/// <summary>
/// SIO201: a handler that is <c>async void</c> returns <c>Task</c>. Not offered where the delegate, a base class or an interface asks for <c>void</c>.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
[Shared]
internal sealed class AsyncVoidFix : CodeFixProvider
{
    private const string Title = "Return Task";

    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ["SIO201"];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var ct = context.CancellationToken;
        var root = await context.Document.GetSyntaxRootAsync(ct).ConfigureAwait(false);
        if (await DeclarationAsync(context.Document, root!.FindNode(context.Span, getInnermostNodeForTie: true), ct).ConfigureAwait(false) is not { } type)
            return;
        var before = context.Document.Project.Solution;
        if (before.GetDocument(type.SyntaxTree) is not { } home)
            return;
        var after = home.WithSyntaxRoot((await home.GetSyntaxRootAsync(ct).ConfigureAwait(false))!.ReplaceNode(type, Edits.TaskInsteadOf(type)));
        if (await Trial.CompilesAsync(before, after.Project.Solution, [home.Id, context.Document.Id], ct).ConfigureAwait(false))
            context.RegisterCodeFix(CodeAction.Create(Title, _ => Task.FromResult(after), Title), context.Diagnostics);
    }

    /// <summary>The <c>void</c> of a method, of a lambda that names it, or of the method whose name is passed.</summary>
    private static async Task<TypeSyntax?> DeclarationAsync(Document document, SyntaxNode node, CancellationToken ct)
    {
        if (node is ExpressionSyntax and not AnonymousFunctionExpressionSyntax)
        {
            var model = await document.GetSemanticModelAsync(ct).ConfigureAwait(false);
            if (model!.GetOperation(node, ct) is not IMethodReferenceOperation { Method.DeclaringSyntaxReferences: { Length: 1 } declarations })
                return null;
            node = await declarations[0].GetSyntaxAsync(ct).ConfigureAwait(false);
        }

        return node switch
        {
            MethodDeclarationSyntax method => method.ReturnType,
            LocalFunctionStatementSyntax function => function.ReturnType,
            ParenthesizedLambdaExpressionSyntax lambda => lambda.ReturnType,
            _ => null,
        };
    }
}
