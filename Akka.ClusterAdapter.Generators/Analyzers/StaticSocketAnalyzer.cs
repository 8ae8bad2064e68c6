using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Akka.ClusterAdapter.Generators.Analyzers;

/// <summary>Static fields and properties that hold sockets, alone or in a collection.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class StaticSocketAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [HandlerRules.StaticSocket];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSymbolAction(static found => Check(found, (IFieldSymbol)found.Symbol), SymbolKind.Field);
    }

    /// <summary>An automatic property is its field; one that is computed keeps nothing.</summary>
    private static void Check(SymbolAnalysisContext context, IFieldSymbol field)
    {
        if (!field.IsStatic || !Holds(field.Type))
            return;
        var shown = field.AssociatedSymbol ?? field;
        if (shown.Locations[0].IsInSource)
            context.ReportDiagnostic(Diagnostic.Create(HandlerRules.StaticSocket, shown.Locations[0], $"{shown.ContainingType.Name}.{shown.Name}"));
    }

    /// <summary>Not a function of sockets: a static delegate keeps none.</summary>
    private static bool Holds(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => Holds(array.ElementType),
        { TypeKind: TypeKind.Delegate } => false,
        INamedTypeSymbol named => Library.IsSocket(named) || (IsKept(named) && named.TypeArguments.Any(Holds)),
        _ => false,
    };

    private static bool IsKept(INamedTypeSymbol type) =>
        type.ContainingNamespace?.ToDisplayString() is { } home && home.StartsWith("System.Collections", StringComparison.Ordinal) && !type.Name.EndsWith("Comparer", StringComparison.Ordinal);
}
