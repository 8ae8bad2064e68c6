using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.Generators.Contracts;

/// <summary>What a contract's method may return.</summary>
internal static class TaskKinds
{
    /// <summary>False when it is no task.</summary>
    public static bool TryRead(ITypeSymbol type, out bool isValueTask, out ITypeSymbol? result)
    {
        isValueTask = type.Name == "ValueTask";
        var isTask = (isValueTask || type.Name == "Task") && type.ContainingNamespace?.ToDisplayString() == "System.Threading.Tasks";
        result = isTask ? ((INamedTypeSymbol)type).TypeArguments.FirstOrDefault() : null;
        return isTask;
    }
}
