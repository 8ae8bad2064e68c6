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
        context.RegisterSymbolAction(static found => Check(found, (IPropertySymbol)found.Symbol), SymbolKind.Property);
    }

    private static void Check(SymbolAnalysisContext context, IFieldSymbol field)
    {
        if (field is { IsStatic: true, IsImplicitlyDeclared: false } && Holds(field.Type))
            Report(context, field);
    }

    /// <summary>An automatic property has a field; one that is computed keeps nothing.</summary>
    private static void Check(SymbolAnalysisContext context, IPropertySymbol property)
    {
        if (property.IsStatic && Holds(property.Type)
            && property.ContainingType.GetMembers().OfType<IFieldSymbol>()
                .Any(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property)))
            Report(context, property);
    }

    private static void Report(SymbolAnalysisContext context, ISymbol symbol) =>
        context.ReportDiagnostic(Diagnostic.Create(HandlerRules.StaticSocket, symbol.Locations[0], $"{symbol.ContainingType.Name}.{symbol.Name}"));

    /// <summary>Not a function of sockets: a static delegate keeps none.</summary>
    private static bool Holds(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => Holds(array.ElementType),
        { TypeKind: TypeKind.Delegate } => false,
        INamedTypeSymbol named => Library.IsSocket(named) || (IsKept(named) && named.TypeArguments.Any(Holds)),
        _ => false,
    };

    private static bool IsKept(INamedTypeSymbol type) =>
        type.ContainingNamespace?.ToDisplayString() is { } home && home.StartsWith("System.Collections", StringComparison.Ordinal)
        && !type.Name.EndsWith("Comparer", StringComparison.Ordinal);
}
