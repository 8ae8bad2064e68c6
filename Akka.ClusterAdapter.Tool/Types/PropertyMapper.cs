using System.Reflection;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>The type of one property, with what attributes at the property or its type say.</summary>
internal sealed class PropertyMapper(TypeMapper mapper, Warnings warnings)
{
    // JsonNumberHandling: AllowReadingFromString, WriteAsString, AllowNamedFloatingPointLiterals.
    private const int WriteAsString = 2;
    private const int NamedLiterals = 4;

    public string Map(ShapeProperty property, Type definition)
    {
        var where = $"{definition.Name.Split('`')[0]}.{property.Member.Name}";
        if (Attributes.Converter(property.Member) is not { } converter)
            return mapper.Map(property.Type, where, Numbers(property.Member, definition));
        if (property.Type.Type.IsEnum && Attributes.IsPlainEnumConverter(converter))
            return EnumValues.Of(property.Type.Type, EnumForm.Names) + (property.Type.IsNullable ? " | null" : "");
        warnings.Inexpressible(where, $"it is written by {converter.Name}, which the tool does not run.");
        return WireTypes.Unknown;
    }

    private static NumberForm Numbers(MemberInfo member, Type definition)
    {
        var handling = Attributes.OfJson(member, "JsonNumberHandling") ?? Attributes.OfJson(definition, "JsonNumberHandling");
        return Attributes.First<int>(handling) switch
        {
            var form when (form & WriteAsString) != 0 => NumberForm.Text,
            var form when (form & NamedLiterals) != 0 => NumberForm.Named,
            _ => NumberForm.Plain,
        };
    }
}
