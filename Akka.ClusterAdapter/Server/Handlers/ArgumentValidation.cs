using System.Collections;
using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>
/// What an argument must keep to: the attributes of DataAnnotations on the parameter, and on the properties of its type and of the types in it. Null for a
/// parameter that has none, which costs nothing then.
/// </summary>
internal sealed class ArgumentValidation
{
    /// <summary>Deeper than any object that a client may send.</summary>
    private const int Deepest = 64;

    private static readonly ConcurrentDictionary<Type, bool> Marked = new();

    private readonly ValidationAttribute[] _attributes;
    private readonly string _name;
    private readonly bool _looksInside;

    private ArgumentValidation(ValidationAttribute[] attributes, string name, bool looksInside) =>
        (_attributes, _name, _looksInside) = (attributes, name, looksInside);

    public static ArgumentValidation? Of(ParameterInfo info, Type type)
    {
        ValidationAttribute[] attributes = [.. info.GetCustomAttributes<ValidationAttribute>()];
        var looksInside = IsMarked(type);
        return attributes.Length == 0 && !looksInside ? null : new(attributes, info.Name ?? "", looksInside);
    }

    /// <exception cref="ArgumentRefusedException">It does not keep to it.</exception>
    public void Check(object? value, EventContext context)
    {
        var errors = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var services = context.ServicesOrNull;
        var at = new ValidationContext(value ?? _name, services, null) { MemberName = _name, DisplayName = _name };
        foreach (var attribute in _attributes)
        {
            if (attribute.GetValidationResult(value, at) is { } failure)
                Add(errors, _name, failure.ErrorMessage);
        }

        if (_looksInside)
            Look(value, _name, services, errors, 0);
        if (errors.Count > 0)
            throw new ArgumentRefusedException(errors);
    }

    private static void Look(object? value, string path, IServiceProvider? services, Dictionary<string, List<string>> errors, int depth)
    {
        if (value is null or string || depth > Deepest)
            return;
        if (value is IEnumerable elements)
        {
            var index = 0;
            foreach (var element in elements)
                Look(element, $"{path}[{index++}]", services, errors, depth + 1);
            return;
        }

        if (!IsMarked(value.GetType()))
            return;
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(value, new ValidationContext(value, services, null), results, validateAllProperties: true);
        foreach (var result in results)
            Add(errors, $"{path}.{result.MemberNames.FirstOrDefault() ?? ""}".TrimEnd('.'), result.ErrorMessage);
        foreach (var property in Properties(value.GetType()))
        {
            if (IsMarked(property.PropertyType))
                Look(property.GetValue(value), $"{path}.{property.Name}", services, errors, depth + 1);
        }
    }

    private static void Add(Dictionary<string, List<string>> errors, string path, string? message)
    {
        if (!errors.TryGetValue(path, out var messages))
            errors[path] = messages = [];
        messages.Add(message ?? "is not valid");
    }

    /// <summary>True when a value of the type may have something in it that says what it must keep to.</summary>
    private static bool IsMarked(Type type) => Marked.TryGetValue(type, out var known) ? known : Marked.GetOrAdd(type, IsMarked(type, []));

    private static bool IsMarked(Type type, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || !seen.Add(type) || type.Namespace?.StartsWith("System.Text.Json", StringComparison.Ordinal) == true)
            return false;
        if (type.IsArray)
            return IsMarked(type.GetElementType()!, seen);
        if (typeof(IEnumerable).IsAssignableFrom(type))
            return type.GetGenericArguments().Any(argument => IsMarked(argument, seen));
        if (type.Namespace == "System")
            return false;
        return typeof(IValidatableObject).IsAssignableFrom(type) || type.IsDefined(typeof(ValidationAttribute), inherit: true)
            || Properties(type).Any(property => property.IsDefined(typeof(ValidationAttribute), inherit: true) || IsMarked(property.PropertyType, seen));
    }

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(static property => property.CanRead && property.GetIndexParameters().Length == 0);
}
