using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Akka.ClusterAdapter.Generators.Analyzers;

/// <summary>
/// A task of the library that nobody awaits, where the compiler itself says nothing: outside of async methods, in which it warns (CS4014).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class DroppedResultAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [HandlerRules.Dropped];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(static found => Check(found, (IExpressionStatementOperation)found.Operation), OperationKind.ExpressionStatement);
    }

    private static void Check(OperationAnalysisContext context, IExpressionStatementOperation statement)
    {
        if (statement.Operation is not IInvocationOperation call || !Library.IsTask(call.Type!)
            || !Library.Sends(call.TargetMethod) || IsAsync(statement, context.ContainingSymbol))
            return;
        context.ReportDiagnostic(Diagnostic.Create(HandlerRules.Dropped, call.Syntax.GetLocation(), call.TargetMethod.Name));
    }

    private static bool IsAsync(IOperation operation, ISymbol container)
    {
        for (var outside = operation.Parent; outside is not null; outside = outside.Parent)
        {
            if (outside is IAnonymousFunctionOperation lambda)
                return lambda.Symbol.IsAsync;
            if (outside is ILocalFunctionOperation function)
                return function.Symbol.IsAsync;
        }

        return container is IMethodSymbol { IsAsync: true };
    }
}
