using System.Globalization;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>The derived types that a base type may stand for, and how each is told.</summary>
/// <param name="Key">The property with the discriminator.</param>
/// <param name="Derived">Type and discriminator as a literal; null without one.</param>
internal sealed record Polymorphism(string Key, IReadOnlyList<(Type Type, string? Discriminator)> Derived)
{
    /// <summary>Null when the type is not polymorphic.</summary>
    public static Polymorphism? Of(Type definition)
    {
        var derived = Attributes.All(definition, "System.Text.Json.Serialization.JsonDerivedTypeAttribute").Select(static attribute => (
            (Type)attribute.ConstructorArguments[0].Value!,
            attribute.ConstructorArguments.Count < 2 ? null : Literal(attribute.ConstructorArguments[1].Value))).ToArray();
        if (derived.Length == 0)
            return null;
        return new(Attributes.Named<string>(Attributes.OfJson(definition, "JsonPolymorphic"), "TypeDiscriminatorPropertyName") ?? "$type", derived);
    }

    private static string? Literal(object? discriminator) =>
        discriminator is string text ? DeclaredNames.Text(text) : Convert.ToString(discriminator, CultureInfo.InvariantCulture);
}
