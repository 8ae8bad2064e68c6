namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>A type as a member declares it: with what may be null in it, at every depth.</summary>
/// <param name="Type">The type; never <see cref="Nullable{T}"/>, which is its value with <paramref name="IsNullable"/>.</param>
/// <param name="IsNullable">Whether null is a value.</param>
/// <param name="Arguments">Its type arguments, or the element of an array.</param>
internal sealed record TypeRef(Type Type, bool IsNullable, TypeRef[] Arguments)
{
    /// <summary>The definition of a generic type, or the type.</summary>
    public Type Definition => Type.IsGenericType ? Type.GetGenericTypeDefinition() : Type;

    /// <summary>The definition's full name.</summary>
    public string Name => Definition.FullName ?? Definition.Name;

    /// <summary>The same with the parameters of a definition replaced.</summary>
    public TypeRef With(IReadOnlyDictionary<string, TypeRef> arguments)
    {
        if (Type.IsGenericParameter)
            return arguments.TryGetValue(Type.Name, out var argument) ? argument with { IsNullable = argument.IsNullable || IsNullable } : this;
        if (Arguments.Length == 0)
            return this;
        var replaced = Arguments.Select(part => part.With(arguments)).ToArray();
        return new(Type.IsArray ? Type : Definition.MakeGenericType([.. replaced.Select(static part => part.Type)]), IsNullable, replaced);
    }

    /// <summary>A definition as it is seen from within: its own parameters for its parameters.</summary>
    public static TypeRef Of(Type definition) =>
        new(definition, false, definition.IsGenericType
            ? [.. definition.GetGenericArguments().Select(static parameter => new TypeRef(parameter, false, []))]
            : []);
}
