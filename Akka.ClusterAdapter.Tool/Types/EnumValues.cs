using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>An enum's values as literals.</summary>
internal static class EnumValues
{
    public static string Of(Type type, EnumForm form)
    {
        var isFlags = type.CustomAttributes.Any(static attribute => attribute.AttributeType.FullName == "System.FlagsAttribute");
        if (isFlags || Fields(type).Length == 0)
            return form == EnumForm.Numbers ? "number" : "string";
        return string.Join(" | ", Fields(type).Select(field => form == EnumForm.Numbers ? Number(field) : DeclaredNames.Text(NameOf(field, form))).Distinct());
    }

    /// <summary>The names of numbers.</summary>
    public static string Comment(Type type, EnumForm form) =>
        form != EnumForm.Numbers || Fields(type).Length == 0
            ? ""
            : $"/** {string.Join(", ", Fields(type).Select(static field => $"{Number(field)} {field.Name}"))} */\n";

    private static FieldInfo[] Fields(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static);

    private static string Number(FieldInfo field) => Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)!;

    private static string NameOf(FieldInfo field, EnumForm form) => Attributes.First<string>(Attributes.OfJson(field, "JsonStringEnumMemberName"))
        ?? (form == EnumForm.CamelCaseNames ? JsonNamingPolicy.CamelCase.ConvertName(field.Name) : field.Name);
}

/// <summary>How enums are written.</summary>
internal enum EnumForm
{
    Numbers,
    Names,
    CamelCaseNames,
}
