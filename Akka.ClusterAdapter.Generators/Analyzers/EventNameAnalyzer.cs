using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Akka.ClusterAdapter.Generators.Analyzers;

/// <summary>Names that no application may send, and no client can.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class EventNameAnalyzer : DiagnosticAnalyzer
{
    private static readonly ImmutableHashSet<string> Registrations = ImmutableHashSet.Create("On", "OnServerSide", ".ctor");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [HandlerRules.ReservedName];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(static found => Check(found, (IArgumentOperation)found.Operation), OperationKind.Argument);
    }

    private static void Check(OperationAnalysisContext context, IArgumentOperation argument)
    {
        var method = argument.Parent switch
        {
            IInvocationOperation call => call.TargetMethod,
            IObjectCreationOperation creation => creation.Constructor,
            _ => null,
        };
        if (argument.Value.ConstantValue.Value is not string name || !WireNames.IsReserved(name)
            || method is null || !Library.Owns(method) || !IsEventName(argument.Parameter, method))
            return;
        context.ReportDiagnostic(
            Diagnostic.Create(HandlerRules.ReservedName, argument.Syntax.GetLocation(), name, Remedy(name, Registrations.Contains(method.Name))));
    }

    /// <summary>The parameter <c>eventName</c> of the operators and of <c>[On]</c>, or the name of a declared event.</summary>
    private static bool IsEventName(IParameterSymbol? parameter, IMethodSymbol method) =>
        parameter?.Name == "eventName" || (parameter?.Name == "Name" && method.ContainingType.Name == "Event");

    private static string Remedy(string name, bool isRegistered) => name switch
    {
        _ when !isRegistered => "sending it throws an ArgumentException; choose another name",
        "disconnect" => "no client can send it; use OnDisconnect",
        "disconnecting" => "no client can send it; use OnDisconnecting",
        "connect" => "no client can send it; use OnConnection",
        _ => "no client can send it; choose another name",
    };
}
