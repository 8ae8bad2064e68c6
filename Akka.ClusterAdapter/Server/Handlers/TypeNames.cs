namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>Types as a program writes them.</summary>
internal static class TypeNames
{
    public static string Of(Type type)
    {
        if (type.HasElementType)
            return Of(type.GetElementType()!) + (type.IsArray ? $"[{new string(',', type.GetArrayRank() - 1)}]" : "");
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Of(value) + "?";
        if (!type.IsGenericType)
            return type.Name;
        var end = type.Name.IndexOf('`', StringComparison.Ordinal);
        return $"{(end < 0 ? type.Name : type.Name[..end])}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>";
    }
}
