using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>
/// What an argument must keep to: the attributes of DataAnnotations on the parameter, and on the properties of its type and of the types in it. Null for a
/// parameter that has none, which costs nothing then.
/// </summary>
internal sealed class ArgumentValidation
{
    /// <summary>A client must not make much of little: what is found beyond this is not told.</summary>
    private const int MostErrors = 64;

    private readonly ValidationAttribute[] _attributes;
    private readonly string _name;
    private readonly bool _looksInside;

    private ArgumentValidation(ValidationAttribute[] attributes, string name, bool looksInside) =>
        (_attributes, _name, _looksInside) = (attributes, name, looksInside);

    public static ArgumentValidation? Of(ParameterInfo info, Type type)
    {
        ValidationAttribute[] attributes = [.. info.GetCustomAttributes<ValidationAttribute>()];
        var looksInside = ValidatedType.IsMarked(type);
        return attributes.Length == 0 && !looksInside ? null : new(attributes, info.Name ?? "", looksInside);
    }

    /// <exception cref="ArgumentRefusedException">It does not keep to it.</exception>
    public void Check(object? value, EventContext context)
    {
        var look = new Look(context.ServicesOrNull);
        look.Ask(_attributes, value, value ?? _name, _name, _name);
        if (_looksInside)
            look.Into(value, _name);
        if (look.Errors.Count > 0)
            throw new ArgumentRefusedException(look.Errors);
    }

    /// <summary>One look at one value and all that is in it. Each object is looked at once.</summary>
    private sealed class Look(IServiceProvider? services)
    {
        private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
        private int _count;

        public Dictionary<string, List<string>> Errors { get; } = new(StringComparer.Ordinal);

        private bool IsFull => _count >= MostErrors;

        public void Ask(IEnumerable<ValidationAttribute> attributes, object? value, object owner, string member, string path)
        {
            var at = new ValidationContext(owner, services, null) { MemberName = member, DisplayName = member };
            foreach (var attribute in attributes)
            {
                if (!IsFull && attribute.GetValidationResult(value, at) is { } failure)
                    Add(path, failure.ErrorMessage);
            }
        }

        public void Into(object? value, string path)
        {
            if (value is null or string || IsFull || (!value.GetType().IsValueType && !_seen.Add(value)))
                return;
            if (value is IEnumerable elements)
            {
                var index = 0;
                foreach (var element in elements)
                {
                    if (IsFull)
                        return;
                    Into(element, $"{path}[{index++}]");
                }

                return;
            }

            if (ValidatedType.IsMarked(value.GetType()))
                IntoObject(value, ValidatedType.Of(value.GetType()), path);
        }

        private void IntoObject(object value, ValidatedType type, string path)
        {
            foreach (var (property, attributes) in type.Members)
            {
                var of = property.GetValue(value);
                Ask(attributes, of, value, property.Name, $"{path}.{property.Name}");
                Into(of, $"{path}.{property.Name}");
            }

            Ask(type.Attributes, value, value, type.Name, path);
            if (value is not IValidatableObject own || IsFull)
                return;
            foreach (var result in own.Validate(new ValidationContext(value, services, null)).Take(MostErrors))
            {
                if (result is not null)
                    Add($"{path}.{result.MemberNames.FirstOrDefault()}".TrimEnd('.'), result.ErrorMessage);
            }
        }

        private void Add(string path, string? message)
        {
            _count++;
            if (!Errors.TryGetValue(path, out var messages))
                Errors[path] = messages = [];
            messages.Add(message ?? "is not valid");
        }
    }
}
