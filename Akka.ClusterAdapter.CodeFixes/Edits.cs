using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace Akka.ClusterAdapter.CodeFixes;

/// <summary>Changes of one word that keep what stands around it.</summary>
internal static class Edits
{
    /// <summary><c>Task</c> instead of a return type, as short as the usings allow.</summary>
    public static TypeSyntax TaskInsteadOf(TypeSyntax type) =>
        SyntaxFactory.ParseTypeName("global::System.Threading.Tasks.Task").WithTriviaFrom(type).WithAdditionalAnnotations(Simplifier.Annotation);

    public static ExpressionSyntax Await(ExpressionSyntax call) =>
        SyntaxFactory.AwaitExpression(Word(SyntaxKind.AwaitKeyword), call.WithoutLeadingTrivia()).WithLeadingTrivia(call.GetLeadingTrivia());

    public static AnonymousFunctionExpressionSyntax MakeAsync(AnonymousFunctionExpressionSyntax lambda) =>
        lambda.WithoutLeadingTrivia().WithAsyncKeyword(Word(SyntaxKind.AsyncKeyword)).WithLeadingTrivia(lambda.GetLeadingTrivia());

    /// <summary>A method that returned nothing.</summary>
    public static MethodDeclarationSyntax MakeAsync(MethodDeclarationSyntax method)
    {
        var word = Word(SyntaxKind.AsyncKeyword);
        var type = TaskInsteadOf(method.ReturnType);
        if (method.Modifiers.Count > 0)
            return method.WithReturnType(type).AddModifiers(word);
        return method.WithReturnType(type.WithoutLeadingTrivia()).AddModifiers(word.WithLeadingTrivia(method.ReturnType.GetLeadingTrivia()));
    }

    private static SyntaxToken Word(SyntaxKind kind) => SyntaxFactory.Token(default, kind, SyntaxFactory.TriviaList(SyntaxFactory.Space));
}
