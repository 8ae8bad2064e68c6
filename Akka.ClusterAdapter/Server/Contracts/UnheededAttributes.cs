using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Akka.ClusterAdapter.Server.Contracts;

/// <summary>
/// Attributes on an interface of what clients say. The handler class is what is looked at, for authorization and for validation: on the interface they
/// would have no effect, and who writes <c>[Authorize]</c> relies on it.
/// </summary>
internal static class UnheededAttributes
{
    private static readonly Type[] OfContracts = [typeof(ClientToServerAttribute), typeof(ServerToClientAttribute), typeof(EventNameAttribute)];

    /// <summary>Looks at a contract and at what it says.</summary>
    /// <exception cref="InvalidOperationException">There is one.</exception>
    public static void Check(Type contract, Type handler)
    {
        Refuse(contract.CustomAttributes, contract.Name, handler.Name);
        foreach (var method in contract.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        {
            Refuse(method.CustomAttributes, $"{contract.Name}.{method.Name}", $"{handler.Name}.{method.Name}");
            foreach (var parameter in method.GetParameters())
                Refuse(parameter.CustomAttributes, $"the parameter {parameter.Name} of {contract.Name}.{method.Name}", $"{handler.Name}.{method.Name}");
        }
    }

    private static void Refuse(IEnumerable<CustomAttributeData> attributes, string where, string instead)
    {
        foreach (var type in attributes.Select(static attribute => attribute.AttributeType).Where(IsMeantForHandlers))
        {
            var name = type.Name.EndsWith("Attribute", StringComparison.Ordinal) ? type.Name[..^"Attribute".Length] : type.Name;
            throw new InvalidOperationException(
                $"[{name}] on {where} would have no effect: attributes are heeded on the handler class. Write it there, on {instead}.");
        }
    }

    /// <summary>Also one of the application's own that derives from one of those, or implements what they implement.</summary>
    private static bool IsMeantForHandlers(Type attribute)
    {
        if (OfContracts.Contains(attribute))
            return false;
        for (var type = attribute; type is not null; type = type.BaseType)
        {
            if (type == typeof(ValidationAttribute) || type.Assembly == typeof(UnheededAttributes).Assembly || IsOfTheFramework(type))
                return true;
        }

        return attribute.GetInterfaces().Any(IsOfTheFramework);
    }

    private static bool IsOfTheFramework(Type type) =>
        type.Namespace is { } name && (name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal));
}
