using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>
/// What a type's values must satisfy. Its members are the properties that a client can send, not those that are computed or ignored by the serializer.
/// Attributes on a constructor's parameter, as on a record's, count for the property of that name.
/// </summary>
internal sealed class ValidatedType
{
    private static readonly ConditionalWeakTable<Type, ValidatedType> All = [];
    private static readonly ConditionalWeakTable<Type, StrongBox<bool>> Marked = [];

    private ValidatedType(Type type)
    {
        Name = type.Name;
        Attributes = [.. type.GetCustomAttributes<ValidationAttribute>(inherit: true)];
        var parameters = type.GetConstructors().SelectMany(static constructor => constructor.GetParameters())
            .ToLookup(static parameter => parameter.Name ?? "", StringComparer.OrdinalIgnoreCase);
        Members = [.. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.CanRead && property.GetIndexParameters().Length == 0 && IsSent(property, parameters[property.Name]))
            .Select(property => (property, OfProperty(property, parameters[property.Name])))];
    }

    public string Name { get; }

    /// <summary>Attributes of the type.</summary>
    public ValidationAttribute[] Attributes { get; }

    /// <summary>Its properties and their attributes.</summary>
    public (PropertyInfo Property, ValidationAttribute[] Attributes)[] Members { get; }

    public static ValidatedType Of(Type type) => All.GetValue(type, static type => new(type));

    /// <summary>True when a value of the type may have something in it that says what it must keep to.</summary>
    public static bool IsMarked(Type type) => Marked.GetValue(type, static type => new(IsMarked(type, []))).Value;

    private static bool IsMarked(Type type, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || !seen.Add(type) || IsOfTheRuntime(type))
            return false;
        if (typeof(IEnumerable).IsAssignableFrom(type))
            return ElementsOf(type).Any(element => IsMarked(element, seen));
        var known = Of(type);
        return typeof(IValidatableObject).IsAssignableFrom(type) || known.Attributes.Length > 0
            || known.Members.Any(member => member.Attributes.Length > 0 || IsMarked(member.Property.PropertyType, seen))
            || type.GetCustomAttributes<JsonDerivedTypeAttribute>().Any(derived => IsMarked(derived.DerivedType, seen));
    }

    private static bool IsOfTheRuntime(Type type) =>
        !typeof(IEnumerable).IsAssignableFrom(type)
        && (type.Namespace == "System" || type.Namespace?.StartsWith("System.Text.Json", StringComparison.Ordinal) == true);

    private static IEnumerable<Type> ElementsOf(Type type) => type.GetInterfaces().Append(type)
        .Where(static each => each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IEnumerable<>))
        .Select(static each => each.GetGenericArguments()[0])
        .SelectMany(static element => element.IsGenericType && element.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)
            ? element.GetGenericArguments()
            : [element]);

    private static bool IsSent(PropertyInfo property, IEnumerable<ParameterInfo> parameters) =>
        property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always } && (property.CanWrite || parameters.Any());

    private static ValidationAttribute[] OfProperty(PropertyInfo property, IEnumerable<ParameterInfo> parameters) =>
        [
            .. property.GetCustomAttributes<ValidationAttribute>(inherit: true),
            .. parameters.SelectMany(static parameter => parameter.GetCustomAttributes<ValidationAttribute>()),
        ];
}
