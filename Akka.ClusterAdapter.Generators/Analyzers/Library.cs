using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.Generators.Analyzers;

/// <summary>What of a program is the library's.</summary>
internal static class Library
{
    private const string Server = "Akka.ClusterAdapter.Server";

    public static bool Owns(ISymbol? symbol) =>
        symbol?.ContainingAssembly?.Name is { } name && (name == "Akka.ClusterAdapter"
            || name.StartsWith("Akka.ClusterAdapter.", StringComparison.Ordinal) && name.EndsWith(".Testing", StringComparison.Ordinal));

    /// <summary>A method of the library, or one of a contract that was generated.</summary>
    public static bool Sends(IMethodSymbol method) => Owns(method) || method.ContainingType.Name.StartsWith("SocketContract_", StringComparison.Ordinal);

    public static bool IsSocket(ITypeSymbol? type) => type is { Name: "Socket" } && type.ContainingNamespace?.ToDisplayString() == Server && Owns(type);

    public static bool IsHandlerClass(INamedTypeSymbol? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.Name == "SocketHandler" && Owns(type))
                return true;
        }

        return false;
    }

    /// <summary>Marked to handle an event.</summary>
    public static bool IsHandler(IMethodSymbol method) =>
        method.GetAttributes().Any(static attribute => attribute.AttributeClass is { Name: "OnAttribute" } mark && Owns(mark));

    public static bool IsTask(ITypeSymbol type) =>
        type.Name is "Task" or "ValueTask" && type.ContainingNamespace?.ToDisplayString() == "System.Threading.Tasks";
}
