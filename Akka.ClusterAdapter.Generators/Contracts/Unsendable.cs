using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.Generators.Contracts;

/// <summary>Types that System.Text.Json refuses, or writes as nothing without a word.</summary>
internal static class Unsendable
{
    private const string UseRecord = "use a record with names";
    private const string UseMemory = "use an array, or ReadOnlyMemory<byte> for binary";
    private const string SendData = "send the data itself, byte[] for binary";

    /// <summary>The type's name and the remedy; null when it may be sent.</summary>
    public static (string Name, string Remedy)? Find(ITypeSymbol type)
    {
        if (Remedy(type) is { } remedy)
            return (type.ToDisplayString(Names.Short), remedy);
        if (type is IArrayTypeSymbol array)
            return Find(array.ElementType);
        return (type as INamedTypeSymbol)?.TypeArguments.Select(Find).FirstOrDefault(static found => found is not null);
    }

    private static string? Remedy(ITypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Delegate } => "a client cannot be handed a function; return what it answers",
        { TypeKind: TypeKind.Pointer or TypeKind.FunctionPointer } => SendData,
        { TypeKind: TypeKind.Dynamic } => "use object or JsonElement",
        { IsTupleType: true } => UseRecord,
        { IsRefLikeType: true } => UseMemory,
        IArrayTypeSymbol { Rank: > 1 } => "use an array of arrays",
        { SpecialType: SpecialType.System_IntPtr or SpecialType.System_UIntPtr } => "use int or long",
        INamedTypeSymbol named when named.ContainingNamespace?.ToDisplayString() is { } home => Remedy(home, named),
        _ => null,
    };

    private static string? Remedy(string home, INamedTypeSymbol type) => (home, type.Name) switch
    {
        ("System", "Type") => "send its name",
        ("System.Threading", "CancellationToken") or ("System.Threading.Tasks", "Task" or "ValueTask") => "send its outcome",
        ("System.Collections.Generic", "IAsyncEnumerable") => "send a list, or an event for each element",
        ("Akka.ClusterAdapter.Server", "Socket" or "Namespace" or "SocketIOServer" or "EventContext" or "RemoteSocket") =>
            "send what of it the other side needs, such as its Id",
        _ => IsStream(type) ? SendData : null,
    };

    private static bool IsStream(INamedTypeSymbol type)
    {
        for (var ancestor = type; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (ancestor.Name == "Stream" && ancestor.ContainingNamespace?.ToDisplayString() == "System.IO")
                return true;
        }

        return false;
    }
}
