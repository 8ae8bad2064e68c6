using System.Reflection;
using System.Text.Json;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>One property as it is written.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Type">Its type.</param>
/// <param name="Member">The member of C#.</param>
/// <param name="IsOptional">Whether it is left out at times.</param>
/// <param name="IsRest">Whether it holds all other properties.</param>
internal sealed record ShapeProperty(string Name, TypeRef Type, MemberInfo Member, bool IsOptional, bool IsRest);

/// <summary>The properties of a type that System.Text.Json writes, inherited ones included.</summary>
internal static class Shape
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // JsonIgnoreCondition: Never, Always, WhenWritingDefault, WhenWritingNull, WhenWriting, WhenReading.
    private const int Always = 1;
    private const int WhenWritingDefault = 2;
    private const int WhenWritingNull = 3;
    private const int WhenWriting = 4;

    public static IReadOnlyList<ShapeProperty> Of(Type definition)
    {
        var properties = new List<ShapeProperty>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (part, arguments) in Parts(definition))
        {
            foreach (var member in part.GetMembers(Declared).Where(IsWritten))
            {
                if (seen.Add(member.Name) && Read(member) is { } property)
                    properties.Add(property with { Type = property.Type.With(arguments) });
            }
        }

        return properties;
    }

    /// <summary>Whether a type parameter is the element of an array, which is binary for one of bytes.</summary>
    public static bool HasSequenceOfParameter(Type definition) => Of(definition).Any(static property => HasSequence(property.Type));

    private static bool HasSequence(TypeRef type) =>
        ((type.Type.IsArray || WireTypes.IsMemory(type.Name)) && type.Arguments[0].Type.IsGenericParameter) || type.Arguments.Any(HasSequence);

    /// <summary>The type and what it inherits from, each with what stands for its parameters; the most derived first.</summary>
    private static IEnumerable<(Type Definition, IReadOnlyDictionary<string, TypeRef> Arguments)> Parts(Type definition)
    {
        var self = TypeRef.Of(definition);
        var known = Arguments(self);
        yield return (definition, known);
        if (definition.IsInterface)
        {
            foreach (var part in definition.GetInterfaces())
                yield return (Nullability.Unknown(part).Definition, Arguments(Nullability.Unknown(part)));
        }

        while (definition.BaseType is { FullName: not ("System.Object" or "System.ValueType") })
        {
            var ancestor = Nullability.OfBase(definition).With(known);
            (definition, known) = (ancestor.Definition, Arguments(ancestor));
            yield return (definition, known);
        }
    }

    private static Dictionary<string, TypeRef> Arguments(TypeRef type) =>
        type.Arguments.Length == 0
            ? []
            : type.Definition.GetGenericArguments().Zip(type.Arguments).ToDictionary(static pair => pair.First.Name, static pair => pair.Second);

    private static bool IsWritten(MemberInfo member)
    {
        var isIncluded = Attributes.OfJson(member, "JsonInclude") is not null;
        return member switch
        {
            PropertyInfo property => property.GetIndexParameters().Length == 0 && property.GetMethod is { } read && (read.IsPublic || isIncluded),
            FieldInfo => isIncluded,
            _ => false,
        };
    }

    private static ShapeProperty? Read(MemberInfo member)
    {
        var ignored = Attributes.OfJson(member, "JsonIgnore");
        var condition = ignored is null ? 0 : Attributes.Named<int?>(ignored, "Condition") ?? Always;
        if (condition is Always or WhenWriting)
            return null;
        var type = member is PropertyInfo property ? Nullability.Of(property) : Nullability.Of((FieldInfo)member);
        // What is left out when it is null is never null when it is there.
        var isOptional = condition == WhenWritingDefault || (condition == WhenWritingNull && type.IsNullable);
        if (isOptional)
            type = type with { IsNullable = false };
        var name = Attributes.First<string>(Attributes.OfJson(member, "JsonPropertyName")) ?? JsonNamingPolicy.CamelCase.ConvertName(member.Name);
        return new(name, type, member, isOptional, Attributes.OfJson(member, "JsonExtensionData") is not null);
    }
}
