using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Akka.ClusterAdapter.Generators.Analyzers;

/// <summary>Handlers that are async void, and handlers that are registered again with each event.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class HandlerAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [HandlerRules.AsyncVoid, HandlerRules.OnInHandler];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(static found => CheckArgument(found, (IArgumentOperation)found.Operation), OperationKind.Argument);
        context.RegisterOperationAction(static found => CheckEvent(found, (IEventAssignmentOperation)found.Operation), OperationKind.EventAssignment);
        context.RegisterOperationAction(static found => CheckOn(found, (IInvocationOperation)found.Operation), OperationKind.Invocation);
        context.RegisterSymbolAction(static found => CheckMethod(found, (IMethodSymbol)found.Symbol), SymbolKind.Method);
    }

    private static void CheckArgument(OperationAnalysisContext context, IArgumentOperation argument)
    {
        if (argument.Parent is IInvocationOperation call && Library.Owns(call.TargetMethod))
            ReportAsyncVoid(context, argument.Value);
    }

    private static void CheckEvent(OperationAnalysisContext context, IEventAssignmentOperation assignment)
    {
        if (assignment is { Adds: true, EventReference: IEventReferenceOperation reference } && Library.Owns(reference.Event))
            ReportAsyncVoid(context, assignment.HandlerValue);
    }

    private static void ReportAsyncVoid(OperationAnalysisContext context, IOperation value)
    {
        while (value is IConversionOperation conversion)
            value = conversion.Operand;
        var target = (value as IDelegateCreationOperation)?.Target;
        var (handler, name) = target switch
        {
            IAnonymousFunctionOperation lambda => (lambda.Symbol, "A handler"),
            IMethodReferenceOperation reference => (reference.Method, reference.Method.Name),
            _ => default,
        };
        if (handler is { IsAsync: true, ReturnsVoid: true })
            context.ReportDiagnostic(Diagnostic.Create(HandlerRules.AsyncVoid, target!.Syntax.GetLocation(), name));
    }

    private static void CheckMethod(SymbolAnalysisContext context, IMethodSymbol method)
    {
        if (method is { IsAsync: true, ReturnsVoid: true }
            && (Library.IsHandler(method) || (method.DeclaredAccessibility == Accessibility.Public && Library.IsHandlerClass(method.ContainingType))))
            context.ReportDiagnostic(Diagnostic.Create(HandlerRules.AsyncVoid, method.Locations[0], $"{method.ContainingType.Name}.{method.Name}"));
    }

    /// <summary>The handler that On returns is not kept, and the call is within the handler of an event.</summary>
    private static void CheckOn(OperationAnalysisContext context, IInvocationOperation call)
    {
        if (call is not { TargetMethod.Name: "On", Parent: IExpressionStatementOperation }
            || !Library.IsSocket(call.TargetMethod.ContainingType) || IsOnce(call) || !IsWithinHandler(call, context.ContainingSymbol))
            return;
        var name = call.Arguments.Select(static argument => argument.Value.ConstantValue.Value).OfType<string>().FirstOrDefault() ?? "…";
        context.ReportDiagnostic(Diagnostic.Create(HandlerRules.OnInHandler, call.Syntax.GetLocation(), name));
    }

    private static bool IsOnce(IInvocationOperation call) =>
        call.Arguments.Any(static argument => argument.Parameter?.Name == "once" && argument.Value.ConstantValue is not { HasValue: true, Value: false });

    private static bool IsWithinHandler(IOperation operation, ISymbol container)
    {
        for (var outside = operation.Parent; outside is not null; outside = outside.Parent)
        {
            if (outside is IAnonymousFunctionOperation
                && Receiver(outside) is { TargetMethod.Name: "On" or "OnAny" or "PrependAny" } registration
                && Library.Owns(registration.TargetMethod))
                return true;
        }

        return container is IMethodSymbol method && Library.IsHandler(method);
    }

    /// <summary>The call that a lambda is an argument of.</summary>
    private static IInvocationOperation? Receiver(IOperation lambda)
    {
        var outside = lambda.Parent;
        while (outside is IDelegateCreationOperation or IConversionOperation)
            outside = outside.Parent;
        return (outside as IArgumentOperation)?.Parent as IInvocationOperation;
    }
}
