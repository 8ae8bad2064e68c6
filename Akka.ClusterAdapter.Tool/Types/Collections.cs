namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>What System.Text.Json writes as an array or as an object with free keys.</summary>
internal static class Collections
{
    private static readonly string[] Dictionaries =
        ["System.Collections.Generic.IDictionary`2", "System.Collections.Generic.IReadOnlyDictionary`2"];

    /// <summary>Key and value; null when it is no dictionary.</summary>
    public static (TypeRef Key, TypeRef Value)? Dictionary(TypeRef type) =>
        Dictionaries.Select(name => Arguments(type, name)).FirstOrDefault(static found => found is not null) is [var key, var value] ? (key, value) : null;

    /// <summary>The element; null when it is no sequence.</summary>
    public static TypeRef? Element(TypeRef type)
    {
        if (type.Type.IsArray || WireTypes.IsMemory(type.Name))
            return type.Arguments[0];
        return Arguments(type, "System.Collections.Generic.IEnumerable`1") is [var element] ? element : null;
    }

    /// <summary>A sequence of anything.</summary>
    public static bool IsUntyped(TypeRef type) => Is(type, "System.Collections.IEnumerable");

    /// <summary>A dictionary of anything.</summary>
    public static bool IsUntypedDictionary(TypeRef type) => Is(type, "System.Collections.IDictionary");

    /// <summary>The type arguments of an interface; those of the type itself where they are the same, for of these it is known what may be null.</summary>
    private static TypeRef[]? Arguments(TypeRef type, string name)
    {
        if (type.Name == name)
            return type.Arguments;
        var found = type.Type.GetInterfaces().FirstOrDefault(part => part.IsGenericType && part.GetGenericTypeDefinition().FullName == name);
        if (found is null)
            return null;
        var arguments = found.GetGenericArguments();
        return type.Arguments.Length == arguments.Length
            && type.Arguments.Zip(arguments).All(static pair => pair.First.Type == Underlying(pair.Second) || IsSame(pair.First, pair.Second))
            ? type.Arguments
            : [.. arguments.Select(Nullability.Unknown)];
    }

    private static bool Is(TypeRef type, string name) => type.Name == name || type.Type.GetInterfaces().Any(part => part.FullName == name);

    private static bool IsSame(TypeRef known, Type found) => known.Type.FullName is { } name && name == found.FullName;

    private static Type Underlying(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition().FullName == "System.Nullable`1" ? type.GetGenericArguments()[0] : type;
}
