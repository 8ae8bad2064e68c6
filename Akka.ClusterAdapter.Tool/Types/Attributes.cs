using System.Reflection;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>Attributes as metadata: by full name, so that nothing of the application is loaded.</summary>
internal static class Attributes
{
    private const string Json = "System.Text.Json.Serialization.";

    public static IEnumerable<CustomAttributeData> All(MemberInfo member, string fullName) =>
        member.CustomAttributes.Where(attribute => attribute.AttributeType.FullName == fullName);

    /// <summary>One of System.Text.Json's attributes.</summary>
    public static CustomAttributeData? OfJson(MemberInfo member, string name) => All(member, Json + name + "Attribute").FirstOrDefault();

    /// <summary>The converter's type; null without one.</summary>
    public static Type? Converter(MemberInfo member)
    {
        if (OfJson(member, "JsonConverter") is { } found)
            return found.ConstructorArguments.FirstOrDefault().Value as Type ?? found.AttributeType;
        return member.CustomAttributes.FirstOrDefault(
            static attribute => attribute.AttributeType.BaseType?.FullName == Json + "JsonConverterAttribute")?.AttributeType;
    }

    /// <summary>Writes enums as the names that C# gives them.</summary>
    public static bool IsPlainEnumConverter(Type converter) =>
        converter.FullName?.Split('[')[0] is Json + "JsonStringEnumConverter" or Json + "JsonStringEnumConverter`1";

    /// <summary>The first argument of an attribute's constructor.</summary>
    public static T? First<T>(CustomAttributeData? attribute) => attribute?.ConstructorArguments.FirstOrDefault().Value is T value ? value : default;

    public static T? Named<T>(CustomAttributeData? attribute, string name) =>
        attribute?.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value is T value ? value : default;
}
