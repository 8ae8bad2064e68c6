using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Akka.ClusterAdapter.Generators.Contracts;

/// <summary>How symbols are called in generated code and in messages.</summary>
internal static class Names
{
    private const string EventNameAttribute = "Akka.ClusterAdapter.Server.EventNameAttribute";

    public static readonly SymbolDisplayFormat Full =
        SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    public static readonly SymbolDisplayFormat Short = SymbolDisplayFormat.MinimallyQualifiedFormat;

    /// <summary>Interface and member.</summary>
    public static string Of(ISymbol member) => $"{member.ContainingType.Name}.{member.Name}";

    /// <summary>The wire's name.</summary>
    public static string EventNameOf(IMethodSymbol method)
    {
        foreach (var attribute in method.GetAttributes())
        {
            if (attribute.ConstructorArguments.Length == 1 && attribute.ConstructorArguments[0].Kind == TypedConstantKind.Primitive
                && attribute.AttributeClass?.ToDisplayString() == EventNameAttribute)
                return attribute.ConstructorArguments[0].Value as string ?? "";
        }

        return WireNames.Of(method.Name);
    }

    /// <summary>The class with a contract's methods, in the global namespace so that no using is needed. Two contracts never share one.</summary>
    public static string ClassOf(INamedTypeSymbol type)
    {
        var name = type.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat.WithGenericsOptions(SymbolDisplayGenericsOptions.None));
        return "SocketContract_" + name.Replace("_", "_u").Replace(".", "__").Replace("@", "");
    }

    /// <summary>A file's name: those of two contracts differ in more than the case of letters.</summary>
    public static string FileOf(Contract contract)
    {
        var hash = 2166136261;
        foreach (var letter in contract.ClassName)
            hash = unchecked((hash ^ letter) * 16777619);
        return $"{contract.ClassName}.{hash:x8}.g.cs";
    }

    public static bool IsSeenEverywhere(INamedTypeSymbol? type) =>
        type is null || (type.DeclaredAccessibility == Accessibility.Public && IsSeenEverywhere(type.ContainingType));

    public static bool IsSeenInItsAssembly(INamedTypeSymbol? type) =>
        type is null || (!type.IsFileLocal
            && type.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal
            && IsSeenInItsAssembly(type.ContainingType));

    public static bool IsToken(ITypeSymbol type) => type.Name == "CancellationToken" && type.ContainingNamespace?.ToDisplayString() == "System.Threading";

    /// <summary>Unless the type says that it is not: assemblies without nullable references say nothing.</summary>
    public static bool IsNullable(ITypeSymbol type) =>
        type.IsReferenceType
            ? type.NullableAnnotation != NullableAnnotation.NotAnnotated
            : type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T;

    public static ContractParameter Parameter(IParameterSymbol parameter, ParameterKind kind)
    {
        var name = Identifier(parameter.Name);
        var declaration = $"{(parameter.IsParams ? "params " : "")}{parameter.Type.ToDisplayString(Full)} {name}";
        if (kind == ParameterKind.Token)
            declaration += " = default";
        else if (parameter.HasExplicitDefaultValue)
            declaration += " = " + Default(parameter);
        return new(declaration, name, kind);
    }

    private static string Identifier(string name) =>
        SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None && SyntaxFacts.GetContextualKeywordKind(name) == SyntaxKind.None ? name : "@" + name;

    private static string Default(IParameterSymbol parameter)
    {
        if (parameter.ExplicitDefaultValue is not { } value)
            return "default";
        var literal = value switch
        {
            double.NaN => "double.NaN",
            float.NaN => "float.NaN",
            double number when double.IsInfinity(number) => number > 0 ? "double.PositiveInfinity" : "double.NegativeInfinity",
            float number when float.IsInfinity(number) => number > 0 ? "float.PositiveInfinity" : "float.NegativeInfinity",
            decimal => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false) + "m",
            _ => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false),
        };
        return value is string or bool or char ? literal! : $"({parameter.Type.ToDisplayString(Full)})({literal})";
    }
}
