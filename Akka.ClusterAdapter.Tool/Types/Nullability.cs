using System.Reflection;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>
/// Reads what may be null from the compiler's attributes (Roslyn's "nullable-metadata"): one byte for each reference type of a type, outside first; 1 is
/// not null, 2 may be null. What was compiled without nullable references may be null.
/// </summary>
internal static class Nullability
{
    private const string OfMember = "System.Runtime.CompilerServices.NullableAttribute";
    private const string OfContext = "System.Runtime.CompilerServices.NullableContextAttribute";

    public static TypeRef Of(PropertyInfo property) => Of(property.PropertyType, property.CustomAttributes, Context(property.DeclaringType));

    public static TypeRef Of(FieldInfo field) => Of(field.FieldType, field.CustomAttributes, Context(field.DeclaringType));

    public static TypeRef Of(ParameterInfo parameter) => Of(parameter.ParameterType, parameter.CustomAttributes, Context((MethodBase)parameter.Member));

    /// <summary>The base class as the class declares it.</summary>
    public static TypeRef OfBase(Type definition) => Of(definition.BaseType!, definition.CustomAttributes, Context(definition));

    /// <summary>A type of which nothing more is known: an implemented interface.</summary>
    public static TypeRef Unknown(Type type) => Of(type, [], 0);

    private static TypeRef Of(Type type, IEnumerable<CustomAttributeData> attributes, byte context)
    {
        var flags = attributes.FirstOrDefault(static attribute => attribute.AttributeType.FullName == OfMember)?.ConstructorArguments[0].Value;
        var cursor = flags switch
        {
            byte one => new Cursor([], one),
            IReadOnlyCollection<CustomAttributeTypedArgument> many => new Cursor([.. many.Select(static flag => (byte)flag.Value!)], context),
            _ => new Cursor([], context),
        };
        return Read(type, cursor);
    }

    private static TypeRef Read(Type type, Cursor cursor)
    {
        if (type.IsByRef)
            type = type.GetElementType()!;
        if (type.IsValueType)
            return ReadValue(type, cursor);
        var isNullable = type.IsGenericParameter ? cursor.Next() == 2 : cursor.Next() != 1;
        if (type.IsArray)
            return new(type, isNullable, [Read(type.GetElementType()!, cursor)]);
        return new(type, isNullable, ReadArguments(type, cursor));
    }

    private static TypeRef ReadValue(Type type, Cursor cursor)
    {
        var isNullable = type.IsGenericType && type.GetGenericTypeDefinition().FullName == "System.Nullable`1";
        if (isNullable)
            type = type.GetGenericArguments()[0];
        if (type.IsGenericType)
            cursor.Next();
        return new(type, isNullable, ReadArguments(type, cursor));
    }

    private static TypeRef[] ReadArguments(Type type, Cursor cursor) =>
        type.IsGenericType ? [.. type.GetGenericArguments().Select(argument => Read(argument, cursor))] : [];

    private static byte Context(MethodBase method) => ContextOf(method.CustomAttributes) ?? Context(method.DeclaringType);

    private static byte Context(Type? type)
    {
        for (; type is not null; type = type.DeclaringType)
        {
            if (ContextOf(type.CustomAttributes) is { } context)
                return context;
        }

        return 0;
    }

    private static byte? ContextOf(IEnumerable<CustomAttributeData> attributes) =>
        attributes.FirstOrDefault(static attribute => attribute.AttributeType.FullName == OfContext)?.ConstructorArguments[0].Value as byte?;

    private sealed class Cursor(byte[] flags, byte rest)
    {
        private int _at;

        public byte Next() => _at < flags.Length ? flags[_at++] : rest;
    }
}
